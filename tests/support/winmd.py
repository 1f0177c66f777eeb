# SPDX-License-Identifier: MIT
"""Reads Windows Runtime metadata (ECMA-335), apart from the product's own reader.

The tests that compare our Windows.winmd with Windows' use this and not src/winmd/, so that one mistake in a shared
reader cannot hide the same mistake in the writer. It trusts its input: these are files that we or Microsoft built.

    types = load([path, ...])      # {"Windows.Foundation.IClosable": Type, ...}
"""
import dataclasses
import struct

# Row layouts, ECMA-335 II.22. A number is a constant of that many bytes, S, G and B are heap indexes, a table's name is
# an index into it, the rest are coded indexes.
TABLES = {
    0: ("Module", "2 S G G G"),
    1: ("TypeRef", "ResolutionScope S S"),
    2: ("TypeDef", "4 S S TypeDefOrRef Field MethodDef"),
    4: ("Field", "2 S B"),
    6: ("MethodDef", "4 2 2 S B Param"),
    8: ("Param", "2 2 S"),
    9: ("InterfaceImpl", "TypeDef TypeDefOrRef"),
    10: ("MemberRef", "MemberRefParent S B"),
    11: ("Constant", "2 HasConstant B"),
    12: ("CustomAttribute", "HasCustomAttribute CustomAttributeType B"),
    13: ("FieldMarshal", "HasFieldMarshal B"),
    14: ("DeclSecurity", "2 HasDeclSecurity B"),
    15: ("ClassLayout", "2 4 TypeDef"),
    16: ("FieldLayout", "4 Field"),
    17: ("StandAloneSig", "B"),
    18: ("EventMap", "TypeDef Event"),
    20: ("Event", "2 S TypeDefOrRef"),
    21: ("PropertyMap", "TypeDef Property"),
    23: ("Property", "2 S B"),
    24: ("MethodSemantics", "2 MethodDef HasSemantics"),
    25: ("MethodImpl", "TypeDef MethodDefOrRef MethodDefOrRef"),
    26: ("ModuleRef", "S"),
    27: ("TypeSpec", "B"),
    28: ("ImplMap", "2 MemberForwarded S ModuleRef"),
    29: ("FieldRVA", "4 Field"),
    32: ("Assembly", "4 2 2 2 2 4 B S S"),
    35: ("AssemblyRef", "2 2 2 2 4 B S S B"),
    38: ("File", "4 S B"),
    39: ("ExportedType", "4 4 S S Implementation"),
    40: ("ManifestResource", "4 4 S Implementation"),
    41: ("NestedClass", "TypeDef TypeDef"),
    42: ("GenericParam", "2 2 TypeOrMethodDef S"),
    43: ("MethodSpec", "MethodDefOrRef B"),
    44: ("GenericParamConstraint", "GenericParam TypeDefOrRef"),
}
NUMBERS = {name: number for number, (name, _) in TABLES.items()}
CODED = {
    "TypeDefOrRef": "TypeDef TypeRef TypeSpec",
    "HasConstant": "Field Param Property",
    "HasCustomAttribute": "MethodDef Field TypeRef TypeDef Param InterfaceImpl MemberRef Module DeclSecurity Property Event "
                          "StandAloneSig ModuleRef TypeSpec Assembly AssemblyRef File ExportedType ManifestResource "
                          "GenericParam GenericParamConstraint MethodSpec",
    "HasFieldMarshal": "Field Param",
    "HasDeclSecurity": "TypeDef MethodDef Assembly",
    "MemberRefParent": "TypeDef TypeRef ModuleRef MethodDef TypeSpec",
    "HasSemantics": "Event Property",
    "MethodDefOrRef": "MethodDef MemberRef",
    "MemberForwarded": "Field MethodDef",
    "Implementation": "File AssemblyRef ExportedType",
    "CustomAttributeType": "- - MethodDef MemberRef -",
    "ResolutionScope": "Module ModuleRef AssemblyRef TypeRef",
    "TypeOrMethodDef": "TypeDef MethodDef",
}
PRIMITIVES = {
    0x01: "void", 0x02: "Boolean", 0x03: "Char", 0x04: "Int8", 0x05: "UInt8", 0x06: "Int16", 0x07: "UInt16",
    0x08: "Int32", 0x09: "UInt32", 0x0A: "Int64", 0x0B: "UInt64", 0x0C: "Single", 0x0D: "Double", 0x0E: "String",
    0x18: "IntPtr", 0x1C: "Object",
}
PACKED = {"Boolean": "<?", "UInt8": "<B", "Int16": "<h", "UInt16": "<H", "Int32": "<i", "UInt32": "<I", "Int64": "<q",
          "UInt64": "<Q", "Single": "<f", "Double": "<d"}
TOKENS = CODED["TypeDefOrRef"].split()
# Semantics of an accessor, ECMA-335 II.23.1.12.
SETTER, GETTER, ADDER, REMOVER = 1, 2, 8, 16


@dataclasses.dataclass
class Parameter:
    name: str
    type: str
    flags: int = 0  # 1 in, 2 out
    attributes: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Method:
    name: str
    flags: int
    result: Parameter
    parameters: list
    attributes: list  # [(name without "Attribute", [arguments])]
    implements: str = ""  # "A.B.IFace.Name", of a class's method


@dataclasses.dataclass
class Field:
    name: str
    flags: int
    type: str
    value: int | None


@dataclasses.dataclass
class Member:
    """A property or an event; accessors maps semantics to the method."""
    name: str
    type: str
    accessors: dict


@dataclasses.dataclass
class Type:
    name: str
    flags: int
    extends: str
    generics: list
    attributes: list
    interfaces: list  # [(name, attributes)]
    fields: list
    methods: list
    properties: list
    events: list

    @property
    def kind(self):
        if self.flags & 0x20:
            return "interface"
        by_base = {"System.Enum": "enum", "System.ValueType": "struct", "System.MulticastDelegate": "delegate",
                   "System.Attribute": "attribute"}
        if self.has("Windows.Foundation.Metadata.ApiContract"):
            return "apicontract"
        return by_base.get(self.extends, "runtimeclass")

    def has(self, attribute):
        return any(name == attribute for name, _ in self.attributes)


def compressed(data, at):
    first = data[at]
    if first < 0x80:
        return first, at + 1
    if first < 0xC0:
        return (first & 0x3F) << 8 | data[at + 1], at + 2
    return (first & 0x1F) << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3], at + 4


class Tables:
    """The heaps and rows of one file. Indexes in rows are those of the file: the first row is 1."""

    def __init__(self, path):
        data = open(path, "rb").read()
        streams = self._streams(data, self._metadata_offset(data))
        self.strings = streams.get("#Strings", b"\0")
        self.blobs = streams.get("#Blob", b"\0")
        self._read_rows(streams["#~"])

    @staticmethod
    def _metadata_offset(data):
        pe = struct.unpack_from("<I", data, 0x3C)[0]
        sections, optional_size = struct.unpack_from("<H", data, pe + 6)[0], struct.unpack_from("<H", data, pe + 20)[0]
        optional = pe + 24
        directories = optional + (96 if struct.unpack_from("<H", data, optional)[0] == 0x10B else 112)

        def offset(address):
            for index in range(sections):
                size, start, _, raw = struct.unpack_from("<IIII", data, optional + optional_size + 40 * index + 8)
                if start <= address < start + size:
                    return address - start + raw
            raise ValueError(f"no section holds address {address:#x}")

        cli = offset(struct.unpack_from("<I", data, directories + 14 * 8)[0])
        return offset(struct.unpack_from("<I", data, cli + 8)[0])

    @staticmethod
    def _streams(data, root):
        at = root + 16 + struct.unpack_from("<I", data, root + 12)[0]
        count = struct.unpack_from("<H", data, at + 2)[0]
        at += 4
        streams = {}
        for _ in range(count):
            offset, size = struct.unpack_from("<II", data, at)
            end = data.index(b"\0", at + 8)
            streams[data[at + 8:end].decode()] = data[root + offset:root + offset + size]
            at += 8 + ((end - at - 8 + 4) & ~3)
        return streams

    def _read_rows(self, stream):
        heaps, valid = stream[6], struct.unpack_from("<Q", stream, 8)[0]
        at, counts = 24, {}
        for number in range(64):
            if valid >> number & 1:
                counts[number] = struct.unpack_from("<I", stream, at)[0]
                at += 4

        def rows_of(name):
            return counts.get(NUMBERS.get(name, -1), 0)

        def width(kind):
            if kind in "24":
                return int(kind)
            if kind in "SGB":
                return 4 if heaps & {"S": 1, "G": 2, "B": 4}[kind] else 2
            if kind in CODED:
                tables = CODED[kind].split()
                bits = (len(tables) - 1).bit_length()
                return 2 if max(map(rows_of, tables)) < 1 << (16 - bits) else 4
            return 2 if rows_of(kind) < 0x10000 else 4

        self.tables = {name: [] for name in NUMBERS}
        for number, count in sorted(counts.items()):
            name, layout = TABLES[number]
            columns = [(kind, width(kind)) for kind in layout.split()]
            for _ in range(count):
                row = []
                for kind, size in columns:
                    row.append(self._cell(kind, int.from_bytes(stream[at:at + size], "little")))
                    at += size
                self.tables[name].append(row)

    def _cell(self, kind, value):
        if kind == "S":
            return self.strings[value:self.strings.index(b"\0", value)].decode()
        if kind == "B":
            size, start = compressed(self.blobs, value)
            return self.blobs[start:start + size]
        if kind in CODED:
            tables = CODED[kind].split()
            bits = (len(tables) - 1).bit_length()
            return tables[value & ((1 << bits) - 1)], value >> bits
        return value

    def __getitem__(self, name):
        return self.tables[name]

    def run(self, table, column, row, target):
        """The rows of target that belong to row of table: from its own index to the next row's."""
        rows = self[table]
        end = rows[row][column] if row < len(rows) else len(self[target]) + 1
        return range(rows[row - 1][column], end)


class Reader:
    def __init__(self, path):
        self.tables = Tables(path)
        self.owner_of_method = {}
        for row in range(1, len(self.tables["TypeDef"]) + 1):
            for method in self.tables.run("TypeDef", 5, row, "MethodDef"):
                self.owner_of_method[method] = row
        self.attributes = {}
        for owner, constructor, value in self.tables["CustomAttribute"]:
            self.attributes.setdefault(owner, []).append(self._attribute(constructor, value))
        self.constants = {owner: (kind, value) for kind, owner, value in self.tables["Constant"]}
        self.semantics = {}
        for kind, method, owner in self.tables["MethodSemantics"]:
            self.semantics.setdefault(owner, {})[kind] = method
        self.implemented = {}
        for _, body, declaration in self.tables["MethodImpl"]:
            self.implemented[body] = self._method_name(declaration)

    def types(self):
        for row in range(1, len(self.tables["TypeDef"]) + 1):
            if self.tables["TypeDef"][row - 1][2]:
                yield self._type(row)

    def _type(self, row):
        flags, name, namespace, base = self.tables["TypeDef"][row - 1][:4]
        here = ("TypeDef", row)
        return Type(
            name=f"{namespace}.{name}", flags=flags, extends=self._name(base) or "",
            generics=[text for _, _, _, text in
                      sorted(entry for entry in self.tables["GenericParam"] if entry[2] == here)],
            attributes=self.attributes.get(here, []),
            interfaces=[(self._name(interface), self.attributes.get(("InterfaceImpl", index), []))
                        for index, (owner, interface) in enumerate(self.tables["InterfaceImpl"], 1) if owner == row],
            fields=[self._field(field) for field in self.tables.run("TypeDef", 4, row, "Field")],
            methods=[self._method(method) for method in self.tables.run("TypeDef", 5, row, "MethodDef")],
            properties=list(self._members(row, "Property")), events=list(self._members(row, "Event")))

    def _field(self, row):
        flags, name, signature = self.tables["Field"][row - 1]
        value = None
        if constant := self.constants.get(("Field", row)):
            value = int.from_bytes(constant[1], "little", signed=constant[0] == 0x08)
        return Field(name, flags, self._signature(signature, 1)[0], value)

    def _method(self, row):
        _, _, flags, name, signature, _ = self.tables["MethodDef"][row - 1]
        named = {self.tables["Param"][index - 1][1]: index
                 for index in self.tables.run("MethodDef", 5, row, "Param")}

        def parameter(sequence, kind):
            if sequence not in named:
                return Parameter("", kind)
            index = named[sequence]
            param_flags, _, text = self.tables["Param"][index - 1]
            return Parameter(text, kind, param_flags, self.attributes.get(("Param", index), []))

        at = compressed(signature, 1)[1] if signature[0] & 0x10 else 1
        count, at = compressed(signature, at)
        kind, at = self._signature(signature, at)
        result, parameters = parameter(0, kind), []
        for sequence in range(1, count + 1):
            kind, at = self._signature(signature, at)
            parameters.append(parameter(sequence, kind))
        return Method(name, flags, result, parameters, self.attributes.get(("MethodDef", row), []),
                      self.implemented.get(("MethodDef", row), ""))

    def _members(self, row, table):
        for index, (owner, _) in enumerate(self.tables[table + "Map"], 1):
            if owner != row:
                continue
            for member in self.tables.run(table + "Map", 1, index, table):
                _, name, kind = self.tables[table][member - 1]
                if table == "Property":
                    text = self._signature(kind, compressed(kind, 1)[1])[0]
                else:
                    text = self._name(kind)
                accessors = {semantics: self.tables["MethodDef"][method - 1][3]
                             for semantics, method in self.semantics.get((table, member), {}).items()}
                yield Member(name, text, accessors)

    def _name(self, token):
        table, row = token
        if row == 0:
            return None
        if table == "TypeSpec":
            return self._signature(self.tables["TypeSpec"][row - 1][0], 0)[0]
        _, name, namespace = self.tables[table][row - 1][:3]
        text = f"{namespace}.{name}" if namespace else name
        return "Guid" if text == "System.Guid" else text

    def _method_name(self, token):
        table, row = token
        if table == "MemberRef":
            parent, name, _ = self.tables["MemberRef"][row - 1]
            return f"{self._name(parent)}.{name}"
        owner = self.owner_of_method[row]
        return f"{self._name(('TypeDef', owner))}.{self.tables['MethodDef'][row - 1][3]}"

    def _signature(self, data, at):
        """One type, written as MIDL writes it: T0 is the first generic parameter, & is by reference."""
        element = data[at]
        if element in PRIMITIVES:
            return PRIMITIVES[element], at + 1
        if element in (0x11, 0x12):
            token, at = compressed(data, at + 1)
            return self._name((TOKENS[token & 3], token >> 2)), at
        if element == 0x10:
            inner, at = self._signature(data, at + 1)
            return "&" + inner, at
        if element == 0x1D:
            inner, at = self._signature(data, at + 1)
            return inner + "[]", at
        if element in (0x13, 0x1E):
            number, at = compressed(data, at + 1)
            return f"T{number}", at
        if element == 0x15:
            generic, at = self._signature(data, at + 1)
            count, at = compressed(data, at)
            arguments = []
            for _ in range(count):
                argument, at = self._signature(data, at)
                arguments.append(argument)
            return f"{generic.split('`')[0]}<{', '.join(arguments)}>", at
        if element in (0x1F, 0x20):  # custom modifier: const of an input passed by reference
            _, at = compressed(data, at + 1)
            inner, at = self._signature(data, at)
            return "const " + inner, at
        raise ValueError(f"element type {element:#x}")

    def _attribute(self, constructor, value):
        table, row = constructor
        if table == "MemberRef":
            parent, _, signature = self.tables["MemberRef"][row - 1]
            name = self._name(parent)
        else:
            name, signature = self._name(("TypeDef", self.owner_of_method[row])), self.tables["MethodDef"][row - 1][4]
        count, at = compressed(signature, 1)
        _, at = self._signature(signature, at)
        arguments, here = [], 2
        for _ in range(count):
            kind, at = self._signature(signature, at)
            argument, here = self._argument(kind, value, here)
            arguments.append(argument)
        return name.removesuffix("Attribute"), arguments

    @staticmethod
    def _argument(kind, value, at):
        if kind in PACKED:
            return struct.unpack_from(PACKED[kind], value, at)[0], at + struct.calcsize(PACKED[kind])
        if kind in ("String", "System.Type"):
            if value[at] == 0xFF:
                return None, at + 1
            size, at = compressed(value, at)
            return value[at:at + size].decode(), at + size
        return struct.unpack_from("<i", value, at)[0], at + 4  # an enum


def load(paths):
    return {kind.name: kind for path in paths for kind in Reader(path).types()}
