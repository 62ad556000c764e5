# SPDX-License-Identifier: GPL-2.0
"""docs/op25b.yaml agrees with include/uapi/linux/op25b.h and src."""

import os
import re

from harness import TOP, equal, test


def read(name):
    """Read a file of the project."""
    with open(os.path.join(TOP, name)) as file:
        return file.read()


def header_enums():
    """The enums of the header: {name: [enumerator]}, and {enumerator: number}."""
    text = re.sub(r"/\*.*?\*/", "", read("include/uapi/linux/op25b.h"),
                  flags=re.S)
    enums, numbers = {}, {}
    for name, body in re.findall(r"enum (\w+) \{(.*?)\}", text, re.S):
        enums[name] = []
        number = 0
        for one in body.split(","):
            word, _, value = (part.strip() for part in one.partition("="))
            if not word or re.match(r"_*OP25B_(\w+_)?MAX$", word):
                continue
            if value:
                base, _, shift = value.partition("<<")
                number = int(base) << int(shift or 0)
            enums[name].append(word)
            numbers[word] = number
            number += 1
    return enums, numbers


def header_types():
    """The header's comments on attribute types: {enumerator: text}."""
    text = read("include/uapi/linux/op25b.h")
    return dict(re.findall(r"^ \* @(OP25B_A_\w+): (.*)$", text, re.M))


def c_name(*words):
    """The C name for a name in the specification."""
    return "".join(words).upper().replace("-", "_")


def load_spec():
    """The specification."""
    import yaml
    return yaml.safe_load(read("docs/op25b.yaml"))


def compare(name, numbered, enums, numbers):
    """Compare [(C name, number)] with one enum of the header, order included."""
    due = [one for one in enums.pop(name) if not one.endswith("_UNSPEC")]
    equal([one for one, _ in numbered], due, name)
    equal([number for _, number in numbered], [numbers[one] for one in due], name)


@test
def names_and_numbers():
    """each command, attribute and enum entry: name, order and number"""
    spec = load_spec()
    enums, numbers = header_enums()
    for one in spec["definitions"]:
        if one["type"] == "const":
            continue
        name = c_name("op25b-", one["name"]).lower()
        # the prefix of its entries omits -id or -flags
        prefix = "op25b-" + re.sub(r"-(id|flags)$", "", one["name"]) + "-"
        compare(name,
                [(c_name(prefix, entry["name"]),
                  1 << number if one["type"] == "flags"
                  else number + one.get("value-start", 0))
                 for number, entry in enumerate(one["entries"])],
                enums, numbers)
    for one in spec["attribute-sets"]:
        if "subset-of" not in one:
            compare(c_name(one["enum-name"]).lower(),
                    [(c_name(one["name-prefix"], attr["name"]), number)
                     for number, attr in enumerate(one["attributes"], 1)],
                    enums, numbers)
    commands = spec["operations"]
    compare(c_name(commands["enum-name"]).lower(),
            [(c_name(commands["name-prefix"], command["name"]), number)
             for number, command in enumerate(commands["list"], 1)],
            enums, numbers)
    equal(enums, {}, "enums that the specification does not have")


@test
def constants():
    """the limits, the family's name and its group"""
    spec = load_spec()
    due = dict(re.findall(r"#define\s+(OP25B_\w+)\s+(.*)",
                          read("include/uapi/linux/op25b.h")))
    seen = {c_name("op25b-", one["name"]):
            f'"{one["value"]}"' if isinstance(one["value"], str) else str(one["value"])
            for one in spec["definitions"] if one["type"] == "const"}
    seen["OP25B_GENL_NAME"] = f'"{spec["name"]}"'
    (group,) = spec["mcast-groups"]["list"]
    seen["OP25B_MCGRP_CONFIG"] = f'"{group["name"]}"'
    seen["OP25B_GENL_VERSION"] = "1"        # the format implies version 1
    equal(seen, due)


@test
def types():
    """the type of each attribute"""
    spec = load_spec()
    said = header_types()
    enums = {c_name(one["enum-name"]).lower(): one["name"]
             for one in spec["attribute-sets"] if "enum-name" in one}
    subsets = {one["name"]: one["subset-of"]
               for one in spec["attribute-sets"] if "subset-of" in one}
    for one in spec["attribute-sets"]:
        if "subset-of" in one:
            continue
        for attr in one["attributes"]:
            name = c_name(one["name-prefix"], attr["name"])
            text = said.pop(name)
            kind = attr["type"]
            if kind == "nest":
                nest = attr["nested-attributes"]
                words = re.match(r"nested &enum (\w+)", text)
                equal(subsets.get(nest, nest), enums[words[1]], name)
            elif kind == "pad":
                assert text.startswith("padding"), text
            elif kind == "binary":
                assert text.startswith("4 or 16 bytes"), text
                equal(attr["checks"], {"min-len": 4, "max-len": 16}, name)
            else:
                equal(re.match(r"\w+", text)[0], kind, name)
            if "&enum" in text and kind != "nest":
                words = re.search(r"&enum op25b_(\w+)", text)
                equal(attr.get("enum"), words[1].replace("_", "-"), name)
            equal("repeated" in text, attr.get("multi-attr", False), name)
    equal(said, {}, "attributes that the specification does not have")


@test
def requests():
    """each command takes the attributes that the kernel takes"""
    source = read("src/attrs.c")
    commands = dict(re.findall(r"COMMAND\(([A-Z_]+), (\w+)\)", read("src/netlink.c")))
    for operation in load_spec()["operations"]["list"]:
        if "notify" in operation:
            continue
        policy = commands.pop(c_name(operation["name"]))
        array = re.search(rf"op25b_{policy}_attrs\[.*?;", source, re.S)[0]
        due = re.findall(r"\[OP25B_A_(\w+)\] =", array)
        how = operation.get("do", operation.get("dump"))
        seen = how.get("request", {}).get("attributes", [])
        equal(sorted(map(c_name, seen)), sorted(due), operation["name"])
        equal(operation["flags"], ["admin-perm"])
    equal(commands, {}, "commands that the specification does not have")
