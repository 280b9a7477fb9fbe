"""The accelerator of `LogChecker`: it judges most lines of a log without decoding and deciding them in full.

`lines` decodes a line into one flat structure. `plans` says how the value of each kind of event is read and compared.
`tracking` keeps the work requests, whose activities share nodes. `engine` fills the caches of the nodes: it asks the
library itself for every judgement and every effect. `loop` is the short path of most lines, and `settling` the rest.

`tests/properties/test_checkers.py` holds it equal to `_plain` for requests and histories, and to a brute-force judge
for partial logs.
"""
