"""Judges recorded events on Apache Spark: Parquet with the columns of `arrow.LINES` in, Parquet of findings out.

    spark-submit docs/examples/spark_check.py events.parquet findings.parquet

Each work request goes to one partition whole, and is judged there in the order of its lines. The workers' Python needs
`work-request-manager[arrow]`, pyarrow in a version that the Spark at hand takes.
"""

import sys

import pyarrow
from pyspark.sql import DataFrame, SparkSession

from work_request_manager.arrow import FINDINGS, LINES, check_batches

COLUMNS = ", ".join(
    f"{field.name} {'bigint' if pyarrow.types.is_integer(field.type) else 'string'}" for field in FINDINGS
)


def findings_in(events: DataFrame) -> DataFrame:
    """Return the findings of events; `functools.partial` gives `check_batches` another rulebook, or types."""
    by_request = events.select(LINES.names).repartition("taskId")
    return by_request.sortWithinPartitions("taskId", "sequence").mapInArrow(check_batches, COLUMNS)


if __name__ == "__main__":
    source, target = sys.argv[1:]
    spark = SparkSession.builder.appName("check").getOrCreate()
    findings_in(spark.read.parquet(source)).write.parquet(target)
    spark.stop()
