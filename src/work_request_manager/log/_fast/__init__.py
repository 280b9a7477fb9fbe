"""The accelerator of `LogChecker`: it judges most lines of a log without decoding and deciding them in full.

`lines` decodes only the fields of a line that the rules read. `states` caches the result of each event in each state,
where a state is shared by all work requests that the rules cannot tell apart. The results themselves come from
`transition` and `explain`, like those of `decide`.

`tests/properties/test_logs.py` holds it equal to `decode_event` and `decide`, on any log.
"""
