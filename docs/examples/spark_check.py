"""Check recorded events on Apache Spark: from Parquet with the columns of `arrow.LINES` to Parquet with findings.

    spark-submit docs/examples/spark_check.py events.parquet findings.parquet

Each work request is in one partition, where its lines are judged in order. The Python of the workers needs
`work-request-manager[arrow]` with a pyarrow version that your Spark supports.
"""

import sys

import pyarrow
from pyspark.sql import DataFrame, SparkSession

from work_request_manager.arrow import FINDINGS, LINES, check_batches

COLUMNS = ", ".join(
    f"{field.name} {'bigint' if pyarrow.types.is_integer(field.type) else 'string'}" for field in FINDINGS
)


def findings_in(events: DataFrame) -> DataFrame:
    """Return the findings of events. Use `functools.partial` to pass `check_batches` a rulebook or types."""
    by_request = events.select(LINES.names).repartition("taskId")
    return by_request.sortWithinPartitions("taskId", "sequence").mapInArrow(check_batches, COLUMNS)


if __name__ == "__main__":
    source, target = sys.argv[1:]
    spark = SparkSession.builder.appName("check").getOrCreate()
    findings_in(spark.read.parquet(source)).write.parquet(target)
    spark.stop()
