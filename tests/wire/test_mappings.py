"""Tests of mapping files: what they can say, and errors that name the line and the key."""

import json
import pickle
import tomllib
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from work_request_manager import Category, Role
from work_request_manager.errors import FieldError, FieldTypeError, FieldValueError, WireError
from work_request_manager.wire import LogMapping, decode_mapping, json_schema
from work_request_manager.wire._mappings import MAPPING

REQUIRED = """\
request = "Case ID"
status = "Activity"
at = "Complete Timestamp"
"""
CATEGORIES = """
[categories]
"Take in charge" = "Active"
'Resolve "it"' = 'PracticalCompletion'
Comment = "-"
"""
SCHEMA = Draft202012Validator(json_schema("mapping"))


class TestAMappingFile:
    """A mapping file in TOML becomes a mapping."""

    def test_with_the_required_keys(self) -> None:
        """The others have their defaults. A comment, a byte order mark and CRLF are accepted."""
        text = REQUIRED + CATEGORIES
        expected = LogMapping(
            request="Case ID",
            status="Activity",
            at="Complete Timestamp",
            categories={
                "Take in charge": Category.ACTIVE,
                'Resolve "it"': Category.PRACTICAL_COMPLETION,
                "Comment": None,
            },
        )
        assert decode_mapping(text) == expected
        for data in (text.encode(), text.encode("utf-8-sig"), text.replace("\n", "\r\n").encode(), f"# map\n{text}"):
            assert decode_mapping(data) == expected
        assert (expected.at_format, expected.sender_role, expected.complete) == ("iso", Role.WORK_SUPPLIER, False)

    def test_with_every_key(self) -> None:
        """Each key is a field of the mapping."""
        text = """
            at_format = "%d/%m/%Y %H:%M"
            zone = "Pacific/Auckland"
            activity = "Task"
            sender = "Who"
            sender_role = "Chorus"
            type = "Kind"
            event_id = "Id"
            delimiter = ";"
            encoding = "latin-1"
            complete = true
        """
        mapping = decode_mapping(REQUIRED + text + CATEGORIES)
        assert attrs.asdict(
            mapping, filter=lambda field, _: field.name not in ("request", "status", "at", "categories")
        ) == {
            **tomllib.loads(text),
            "sender_role": Role.CHORUS,
        }
        assert len(tomllib.loads(text)) + 4 == len(attrs.fields(LogMapping))

    @pytest.mark.parametrize(
        "form", ["seconds", "milliseconds", "%Y-%m-%d", "%d %b %y, %I:%M %p", "%Y%m%dT%H%M%S%z", "%c"]
    )
    def test_with_each_form_of_times(self, form: str) -> None:
        """A pattern can have any order, as long as it has a date."""
        assert decode_mapping(f'at_format = "{form}"\n{REQUIRED}{CATEGORIES}').at_format == form

    def test_with_its_categories_written_differently(self) -> None:
        """TOML knows inline tables and dotted keys, too."""
        for text in ('categories = { open = "Open" }', 'categories.open = "Open"', "[categories]\nopen = 'Open'"):
            assert decode_mapping(REQUIRED + text).categories == {"open": Category.OPEN}


class TestErrors:
    """An error names the line and the key, and says what to do."""

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("zon = 'x'", "line 5: zon is not a known field; did you mean zone?"),
            ("[more]\nx = 1", "line 5: more is not a known field; the known fields are request, status, at,"),
            ("zone = 5", "line 5: zone is 5; it must be text"),
            ("zone = 2026-01-01", "line 5: zone is datetime.date(2026, 1, 1); it must be text"),
            ("zone = 'Pacific/Aukland'", "line 5: zone is 'Pacific/Aukland', an unknown time zone; use a name such as"),
            ("zone = ''", "line 5: zone is '', an unknown time zone"),
            ("zone = 'Pacific'", "line 5: zone is 'Pacific', an unknown time zone"),
            ("zone = '../zone'", "line 5: zone is '../zone', an unknown time zone"),
            ("zone = 'a\0b'", "the file is not TOML in UTF-8: Found invalid character"),
            ("at_format = 'ISO'", "line 5: at_format is 'ISO'; use one of iso, seconds, milliseconds, or a pattern"),
            ("at_format = '%H:%M'", "line 5: at_format is '%H:%M'; use one of"),
            ("at_format = '%Y-%m-%d %Q'", "line 5: at_format is '%Y-%m-%d %Q'; use one of"),
            ("at_format = '%'", "line 5: at_format is '%'; use one of"),
            ("delimiter = ';;'", "line 5: delimiter is ';;'; it must be one character, such as ',' or ';'"),
            ("delimiter = ''", "line 5: delimiter is ''; it must be one character"),
            ("delimiter = '\"'", "line 5: delimiter is '\"'; it must be one character"),
            ("encoding = 'utf-9'", "line 5: encoding is 'utf-9', an unknown encoding; use a name such as 'utf-8'"),
            ("encoding = 'base64'", "line 5: encoding is 'base64', an unknown encoding"),
            ("encoding = ''", "line 5: encoding is '', an unknown encoding"),
            ("encoding = 'undefined'", "line 5: encoding is 'undefined', an unknown encoding"),
            ("sender_role = 'Supplier'", "line 5: sender_role is 'Supplier'; it must be one of WorkRequestor,"),
            ("complete = 'yes'", "line 5: complete is 'yes'; it must be true or false"),
            ("activity = ''", "line 5: activity is ''; give it at least one character"),
            ("categories = []", "line 5: categories is []; it must be a table of states and their categories"),
            ("categories = {}", "line 5: categories is empty; give each state of the log its category"),
            ("categories = { x = 'Opn' }", "line 5: categories['x'] is 'Opn'; it must be one of Open, Active,"),
            ("categories.x = 'Opn'", "line 5: categories['x'] is 'Opn'; it must be one of"),
            ("[categories]\nx = 'Open'\n\n'y\"' = 5", "line 8: categories['y\"'] is 5; it must be text"),
            ("[categories]\n'' = 'Open'", "line 6: categories[''] is for a state without a name; name the state"),
            ("[categories]\nx = 'Open'\nx = 'Open'\n", "the file is not TOML in UTF-8: Cannot overwrite a value (at"),
            ("x", "the file is not TOML in UTF-8: Expected '=' after a key"),
            ("x = " + "[" * 10_000, "the file is not TOML in UTF-8: "),
        ],
    )  # fmt: skip
    def test_for_a_bad_value(self, text: str, message: str) -> None:
        """The line is that of the key, not of a value that looks like it. Its end can be CRLF."""
        more = "" if "categories" in text else '\n[categories]\nstatus = "Open"'
        whole = f"{REQUIRED}\n{text}{more}"
        for each in (whole, whole.replace("\n", "\r\n")):
            with pytest.raises(WireError) as raised:
                decode_mapping(each)
            assert str(raised.value).startswith(message)

    @pytest.mark.parametrize("key", ["request", "status", "at"])
    def test_for_a_required_key(self, key: str) -> None:
        """It is missing, or empty as in a draft."""
        lines = [line for line in REQUIRED.splitlines() if not line.startswith(key)]
        with pytest.raises(WireError, match=f"^{key} is missing$"):
            decode_mapping("\n".join(lines) + CATEGORIES)
        with pytest.raises(WireError, match=f"^line 4: {key} is ''; give it at least one character$"):
            decode_mapping("\n".join([*lines, "", f'{key} = ""']) + CATEGORIES)

    def test_for_no_categories(self) -> None:
        """They are required."""
        with pytest.raises(WireError, match=r"^categories is missing$"):
            decode_mapping(REQUIRED)

    def test_for_states_without_a_category(self) -> None:
        """All of them are asked for at once: the first few, and how many more there are."""
        states = "".join(f'"State {number}" = "{"Open" if number == 2 else ""}"\n' for number in range(9))
        with pytest.raises(WireError) as raised:
            decode_mapping(f"{REQUIRED}[categories]\n{states}")
        assert str(raised.value) == (
            'line 5: categories[\'State 0\'] is ""; give each of these states its category, or "-" to leave its rows'
            " out: 'State 0', 'State 1', 'State 3', 'State 4', 'State 5' and 3 more"
        )

    def test_for_a_value_over_several_lines(self) -> None:
        """Lines within a value are not taken for keys, unless they look exactly like one."""
        text = 'categories = { x = "Opn" }\nrequest = """\n[status\n"""\nat = "t"\nstatus = """\n"""\n'
        with pytest.raises(WireError, match=r"^line 1: categories\['x'\] is"):
            decode_mapping(text)
        with pytest.raises(WireError, match=r"^status is ''; give it at least one character$"):
            decode_mapping(text.replace("Opn", "Open").replace('status = """\n"""', 'status = """\\\n"""'))

    def test_for_bytes_that_are_not_utf8(self) -> None:
        """TOML is UTF-8."""
        with pytest.raises(WireError, match=r"^the file is not TOML in UTF-8: 'utf-8' codec can't decode byte 0xe9"):
            decode_mapping(REQUIRED.encode() + b"# caf\xe9")

    def test_for_another_type(self) -> None:
        """The content of the file is wanted, not its path or its file object."""
        with pytest.raises(TypeError, match=r"^data is 5 .*; pass the content of the file, as bytes or text$"):
            decode_mapping(5)  # type: ignore[arg-type]  # the mistake under test


def mapping(**fields: Any) -> LogMapping:
    """Return a mapping with some fields."""
    return LogMapping(**{"request": "r", "status": "s", "at": "t", "categories": {"open": Category.OPEN}, **fields})


class TestAMappingFromPython:
    """A mapping is a value object, which checks its fields."""

    @pytest.mark.parametrize(
        ("fields", "error", "message"),
        [
            ({"request": ""}, FieldValueError, "request is ''"),
            ({"request": None}, FieldTypeError, "request is None"),
            ({"sender": 5}, FieldTypeError, "sender is 5"),
            ({"sender_role": "WorkSupplier"}, FieldTypeError, "sender_role is 'WorkSupplier'"),
            ({"complete": 1}, FieldTypeError, "complete is 1"),
            ({"zone": 5}, FieldTypeError, "zone is 5"),
            ({"at_format": None}, FieldTypeError, "at_format is None"),
            ({"delimiter": 5}, FieldTypeError, "delimiter is 5"),
            ({"encoding": 5}, FieldTypeError, "encoding is 5"),
            ({"categories": ["open"]}, FieldTypeError, r"categories is \['open'\]; pass a mapping from states to"),
            ({"categories": {}}, FieldValueError, "categories is empty"),
            ({"categories": {5: Category.OPEN}}, FieldTypeError, "categories is 5"),
            ({"categories": {"x": "Open"}}, FieldTypeError, r"categories\['x'\] is 'Open'"),
            ({"categories": {"": None}}, FieldValueError, r"categories\[''\] is for a state without a name"),
        ],
    )  # fmt: skip
    def test_names_the_field_that_is_wrong(self, fields: dict[str, Any], error: type[FieldError], message: str) -> None:
        """The error is a FieldError."""
        with pytest.raises(error, match=f"^{message}"):
            mapping(**fields)

    def test_is_a_value(self) -> None:
        """It can be compared, hashed and pickled, and does not change with the dictionary that it was made from."""
        categories: dict[str, Category | None] = {"open": Category.OPEN, "comment": None}
        one = mapping(categories=categories)
        assert one == mapping(categories=dict(categories))
        assert hash(one) == hash(mapping(categories=dict(categories)))
        assert pickle.loads(pickle.dumps(one)) == one
        categories["closed"] = Category.CLOSED
        assert dict(one.categories) == {"open": Category.OPEN, "comment": None}
        assert one != mapping()


texts = st.text(min_size=1, max_size=5)
mappings = st.builds(
    LogMapping,
    texts,
    texts,
    texts,
    st.dictionaries(texts, st.none() | st.sampled_from(Category), min_size=1, max_size=3),
    at_format=st.sampled_from(["iso", "seconds", "%d.%m.%Y"]),
    zone=st.none() | st.just("UTC"),
    activity=st.none() | texts,
    sender=st.none() | texts,
    sender_role=st.sampled_from(Role),
    type=st.none() | texts,
    event_id=st.none() | texts,
    delimiter=st.none() | st.sampled_from(";,\t"),
    encoding=st.none() | st.just("latin-1"),
    complete=st.booleans(),
)


def in_toml(value: Any) -> str:
    """Return a text, a number, a truth value or a table as TOML writes it on one line."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{in_toml(key)} = {in_toml(item)}' for key, item in value.items())} }}"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(char):08x}" for char in value) + '"'
    return json.dumps(value)


@given(mappings)
def test_what_is_encoded_decodes_to_an_equal_mapping(given_mapping: LogMapping) -> None:
    """The schema accepts it, too."""
    encoded = MAPPING.encode(given_mapping)
    assert SCHEMA.is_valid(encoded)
    assert decode_mapping("\n".join(f"{key} = {in_toml(value)}" for key, value in encoded.items())) == given_mapping


@pytest.mark.parametrize(
    "more",
    [
        {"zon": "x"},
        {"request": ""},
        {"request": 5},
        {"categories": {}},
        {"categories": {"x": "Opn"}},
        {"categories": {"x": ""}},
        {"complete": "yes"},
        {"sender_role": "Supplier"},
        {"activity": ""},
    ],
)
def test_the_schema_refuses_what_the_decoder_refuses(more: dict[str, Any]) -> None:
    """An editor that knows the schema marks these mistakes."""
    good = {"request": "r", "status": "s", "at": "t", "categories": {"open": "Open", "comment": "-"}}
    assert SCHEMA.is_valid(good)
    assert not SCHEMA.is_valid({**good, **more})
    with pytest.raises(WireError):
        decode_mapping("\n".join(f"{key} = {in_toml(value)}" for key, value in {**good, **more}.items()))
