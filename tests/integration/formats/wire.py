"""The wire format of docs/formats.md, section 2: decoding and the one encoding.

Knows nothing of Urna's messages; they are tables in schema.py.
"""

UINT32, UINT64, SINT64, BOOL, STRING, BYTES = "uint32", "uint64", "sint64", "bool", "string", "bytes"
SCALARS = (UINT32, UINT64, SINT64, BOOL)
ONE, OPTIONAL, REPEATED = "one", "optional", "repeated"


class Malformed(Exception):
    """Bytes that are not a message of the kind expected."""


class Field:
    """One field of a message: kind is a scalar name, a set of enumeration values or a Message."""

    def __init__(self, name, kind, label=ONE, oneof=None):
        self.name, self.kind, self.label, self.oneof = name, kind, label, oneof

    @property
    def is_message(self):
        return isinstance(self.kind, Message)

    @property
    def is_varint(self):
        return isinstance(self.kind, frozenset) or self.kind in SCALARS

    def default(self):
        if self.label == REPEATED:
            return []
        if self.label == OPTIONAL or self.is_message:
            return None
        if self.kind == STRING:
            return ""
        return b"" if self.kind == BYTES else 0


class Message:
    def __init__(self, name, /, **fields):
        """fields: name=(number, kind[, label[, oneof]])."""
        self.name = name
        self.fields = {}
        for field_name, (number, *rest) in fields.items():
            self.fields[number] = Field(field_name, *rest)

    def empty(self):
        return {field.name: field.default() for field in self.fields.values()}


def read_varint(data, at, bytes_max=10):
    value = 0
    for i in range(bytes_max):
        if at >= len(data):
            raise Malformed("cut off inside a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
    raise Malformed("a number is too long")


def write_varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _scalar(field, raw):
    if field.kind == BOOL:
        return int(raw != 0)
    if field.kind == UINT64:
        return raw
    if field.kind == SINT64:
        return (raw >> 1) ^ -(raw & 1)
    return raw & 0xFFFFFFFF


def _put(message, field, values, value):
    if field.label == REPEATED:
        values[field.name].append(value)
        return
    if field.oneof:
        for other in message.fields.values():
            if other.oneof == field.oneof and other.name != field.name:
                values[other.name] = None
    values[field.name] = value


def _take_block(data, at):
    size, at = read_varint(data, at, 5)
    if size > len(data) - at:
        raise Malformed("cut off")
    return data[at : at + size], at + size


def _read_block(message, field, values, block):
    if field.is_message:
        # A message field that comes twice is merged, as every reader of this format does.
        into = values[field.name] if field.label != REPEATED else None
        _put(message, field, values, _decode(field.kind, block, into))
    elif field.is_varint:
        at = 0
        while at < len(block):
            raw, at = read_varint(block, at)
            _put(message, field, values, _scalar(field, raw))
    elif field.kind == STRING:
        try:
            _put(message, field, values, block.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise Malformed(f"{message.name}.{field.name} is not UTF-8") from error
    else:
        _put(message, field, values, bytes(block))


def _skip(data, at, number, wire):
    """Past a field nobody knows; number 0 and wire types that do not exist are errors."""
    if number == 0:
        raise Malformed("a field has number 0")
    if wire == 0:
        return read_varint(data, at)[1]
    if wire == 2:
        return _take_block(data, at)[1]
    if wire == 3:
        while True:
            tag, at = read_varint(data, at, 5)
            if tag & 7 == 4 and tag >> 3 == number:
                return at
            at = _skip(data, at, tag >> 3, tag & 7)
    size = {1: 8, 5: 4}.get(wire)
    if size is None or size > len(data) - at:
        raise Malformed("cut off, or no wire type")
    return at + size


UNKNOWN = ""  # key of the mark that a message holds fields it does not know


def _decode(message, data, into=None):
    values = into if into is not None else message.empty()
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at, 5)
        field, wire = message.fields.get(tag >> 3), tag & 7
        if field is not None and wire == 0 and field.is_varint:
            raw, at = read_varint(data, at)
            _put(message, field, values, _scalar(field, raw))
        elif field is not None and wire == 2 and (not field.is_varint or field.label == REPEATED):
            block, at = _take_block(data, at)
            _read_block(message, field, values, block)
        else:
            at = _skip(data, at, tag >> 3, wire)
            values[UNKNOWN] = True
    return values


def _check_known(message, values):
    if UNKNOWN in values:
        raise Malformed(f"{message.name} carries fields unknown to it")
    for field in message.fields.values():
        found = values[field.name]
        for value in found if field.label == REPEATED else [found]:
            if field.is_message and value is not None:
                _check_known(field.kind, value)
            elif isinstance(field.kind, frozenset) and value not in field.kind:
                raise Malformed(f"{message.name}.{field.name} has no value {value}")


def decode(message, data):
    """Strict: a field, wire type or enumeration value the format does not know is an error. What a
    later value of the same field or oneof has pushed out is not looked at."""
    values = _decode(message, data)
    _check_known(message, values)
    return values


def _varint_of(field, value):
    if field.kind == SINT64:
        return write_varint((value << 1 ^ value >> 63) & 0xFFFFFFFFFFFFFFFF)
    return write_varint(value)


def _block(number, data):
    return write_varint(number << 3 | 2) + write_varint(len(data)) + data


def _encode_one(number, field, value):
    if field.is_message:
        return _block(number, encode(field.kind, value))
    if field.is_varint:
        return write_varint(number << 3) + _varint_of(field, value)
    return _block(number, value.encode("utf-8") if field.kind == STRING else value)


def encode(message, values):
    """The one encoding: ascending fields, shortest numbers, packed lists, no defaults written."""
    out = b""
    for number in sorted(message.fields):
        field, value = message.fields[number], values[message.fields[number].name]
        if field.label == REPEATED and field.is_varint:
            if value:
                out += _block(number, b"".join(_varint_of(field, item) for item in value))
        elif field.label == REPEATED:
            out += b"".join(_encode_one(number, field, item) for item in value)
        elif value is not None and (field.label == OPTIONAL or field.oneof or value != field.default()):
            out += _encode_one(number, field, value)
    return out


def decode_exactly(message, data):
    """For envelopes: anything but the one encoding is an error."""
    values = decode(message, data)
    if encode(message, values) != data:
        raise Malformed(f"{message.name} is not in its one encoding")
    return values
