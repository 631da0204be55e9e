"""Compiles the FHIRPath of R4's invariants to terms that the machine knows.

Three kinds of terms, each a tuple that begins with its name: a truth (true,
false or empty), a stream (nodes of the document, one after the other) and a
value (one string, number, boolean, time or node).  Which kind a tree is can be
told from the tree alone, and the types that a path leads through are known
when it is compiled: names become numbers of elements.

generate_invariants.py gives each term its code; invariant.h says what the
terms mean when they run.

UNCHECKED and ELSEWHERE list what is not compiled, with the reason for users.
CORRECTED are expressions that HL7's own validator evaluates in place of R4's.
SPECIAL are expressions that are one term as a whole, with the element without
which that is true.
"""

from fhirpath import parse

UCUM = "http://unitsofmeasure.org"

# What is not compiled.  Some of it is checked all the same.
UNCHECKED = {
    "cid-0": "ChargeItemDefinition has no name: an error of R4",
    "eld-11": "as written it always holds: select() keeps each false, and"
              " exists() finds it",
}
ELSEWHERE = {
    "ele-1": "by the check of the structure",
    "txt-1": "by the check of narratives",
    "txt-2": "by the check of narratives",
}

# What users should know of one that is compiled.
NOTES = {
    "ctm-1": "references to contained resources are followed, others hold",
    "dom-6": "not asked of contained resources, as by HL7's validator",
}

CORRECTED = {"dom-6": "%rootResource != $this or text.`div`.exists()"}

# dom-3 compares each contained resource with all references: by a table.
SPECIAL = {
    "contained.where((('#'+id in (%resource.descendants().reference |"
    " %resource.descendants().as(canonical) | %resource.descendants().as(uri) |"
    " %resource.descendants().as(url))) or descendants().where(reference = '#')"
    ".exists() or descendants().where(as(canonical) = '#').exists() or"
    " descendants().where(as(canonical) = '#').exists()).not())"
    ".trace('unmatched', id).empty()": ("contained_used", "contained"),
}

TRUTH_CALLS = {"exists", "empty", "all", "not", "hasValue", "isDistinct",
               "startsWith", "contains", "matches", "is", "iif"}
TRUTH_OPERATORS = {"and", "or", "xor", "implies", "in", "contains", "is",
                   "=", "!=", "<", "<=", ">", ">="}
VALUE_CALLS = {"count", "substring", "toInteger", "toString", "replaceMatches"}


class Stream:
    """A stream's term, the names of the types of its nodes, and whether there
    may be more than one."""

    def __init__(self, term, types, many):
        self.term = term
        self.types = frozenset(types)
        self.many = many


class Compiler:
    """Compiles one invariant.  names: where in a type a name leads to."""

    def __init__(self, model, path, type_name):
        self.model = model
        self.resource = path.split(".")[0]
        self.top = Stream(("this",), {type_name}, False)

    def compile(self, expression):
        """The truth of an expression."""
        if expression in SPECIAL:
            kind, name = SPECIAL[expression]
            (element,) = self.elements(self.top.types, name)
            return (kind, element)
        return self.truth(parse(expression), self.top)

    # What names mean

    def elements(self, types, name):
        """The elements of this name below any of the types."""
        found = {}
        for type_name in types:
            # what is contained is told by its resourceType alone
            if type_name == "Resource":
                type_name = "DomainResource"
            kind = self.model.by_name[type_name]
            while kind:
                for element in kind.own:
                    if element.name.removesuffix("[x]") == name:
                        found[element.number] = element
                kind = kind.base
        return found

    def value_types(self, element):
        return (element.types if element.is_choice
                else [self.model.value_type(element)])

    def child(self, source, name):
        """The children of a stream by their name."""
        found = self.elements(source.types, name)
        assert found, f"{name} below {sorted(source.types)}"
        types = {kind for element in found.values()
                 for kind in self.value_types(element)}
        many = source.many or any(
            element.row["max"] == "*" for element in found.values())
        term = source.term
        if len(found) > 1:
            assert not any(e.is_choice for e in found.values()), name
            term = ("child_named", name, term)
        elif term[0] in ("this", "resource", "root", "context"):
            term = ("path", term[0], *found)
        elif term[0] == "path":
            term = (*term, *found)
        elif term[0] == "where":
            # what has no such child need not be asked for the criterion, which
            # may read a text that lies elsewhere in memory
            criterion = joined("and", ("has_child", *found), term[1])
            term = ("step", *found, ("where", criterion, term[2]))
        else:
            term = ("step", *found, term)
        return Stream(term, types, many)

    def everything(self, source, name):
        """children() or descendants() of a stream."""
        types = set(self.model.by_name)
        if name == "children":
            types = {kind for parent in source.types
                     for element in self.all_elements(parent)
                     for kind in self.value_types(element)}
        return Stream((name, source.term), types, True)

    def all_elements(self, type_name):
        kind = self.model.by_name[type_name]
        return kind.elements

    # Streams

    def stream(self, tree, focus):
        kind = tree[0]
        if kind == "name":
            if tree[1] is None and tree[2] in focus.types:
                return Stream(("this",), focus.types, False)
            return self.child(self.source(tree[1], focus), tree[2])
        if kind == "this":
            return self.source(None, focus)
        if kind == "variable":
            return self.variable(tree[1])
        if kind == "binary" and tree[1] == "|":
            return self.union(tree[2], tree[3], focus)
        if kind == "binary" and tree[1] == "as":
            return self.of_type(self.stream(tree[2], focus), tree[3])
        assert kind == "call", tree
        return self.stream_call(tree, focus)

    def source(self, tree, focus):
        """A stream where the path may begin with nothing: at the focus."""
        if tree is None:
            return Stream(("this",), focus.types, False)
        return self.stream(tree, focus)

    def variable(self, name):
        if name == "context":
            return Stream(("context",), self.top.types, False)
        if name == "rootResource":
            return Stream(("root",), {"DomainResource"}, False)
        assert name == "resource", name
        return Stream(("resource",), {self.resource}, False)

    def union(self, left, right, focus, right_source=None):
        a = self.stream(left, focus)
        b = self.stream(right, focus)
        return Stream(("union", a.term, b.term), a.types | b.types, True)

    def of_type(self, source, name):
        return Stream(("of_type", name, source.term), {name}, source.many)

    def stream_call(self, tree, focus):
        _, before, name, args = tree
        if name == "combine":
            return self.union(before, args[0], focus)
        source = self.source(before, focus)
        if name == "trace":
            return source
        if name in ("first", "tail"):
            return Stream((name, source.term), source.types, name == "tail")
        if name in ("children", "descendants"):
            return self.everything(source, name)
        if name == "where":
            return Stream(("where", self.truth(args[0], source), source.term),
                          source.types, source.many)
        if name == "select":
            assert self.is_truth(args[0]), tree
            return Stream(("known", self.truth(args[0], source), source.term),
                          {"boolean"}, source.many)
        if name in ("as", "ofType"):
            return self.of_type(source, args[0][2])
        if name == "intersect":
            other = self.stream(args[0], focus)
            return Stream(("intersect", source.term, other.term),
                          source.types, source.many)
        assert name == "resolve", name
        return Stream(("resolve", source.term), {"Resource"}, source.many)

    # Values

    def value(self, tree, focus):
        kind = tree[0]
        if kind == "literal":
            names = {str: "string", int: "integer", bool: "boolean"}
            return (names[type(tree[1])], tree[1])
        if tree == ("variable", "ucum"):
            return ("string", UCUM)
        if kind == "binary" and tree[1] in ("+", "&"):
            return ("add" if tree[1] == "+" else "concat",
                    self.value(tree[2], focus), self.value(tree[3], focus))
        if kind == "call" and tree[2] in VALUE_CALLS:
            return self.value_call(tree, focus)
        stream = self.stream(tree, focus)
        assert not stream.many, tree
        term = stream.term
        if term[:2] == ("path", "this") and len(term) == 3:
            return ("child_value", term[2])
        return ("node", term)

    def value_call(self, tree, focus):
        _, before, name, args = tree
        if name == "count":
            return ("count", self.source(before, focus).term)
        value = self.value(before or ("this",), focus)
        if name == "substring":
            assert args == [("literal", 1)], tree
            return ("behind_first", value)
        if name == "replaceMatches":
            assert args == [("literal", r"\..*"), ("literal", "")], tree
            return ("before_dot", value)
        return ({"toInteger": "to_integer", "toString": "to_string"}[name], value)

    # Truths

    def is_truth(self, tree):
        """Does a tree always give a boolean?"""
        if tree[0] == "call":
            return tree[2] in TRUTH_CALLS
        return tree[0] == "binary" and tree[1] in TRUTH_OPERATORS

    def truth(self, tree, focus):
        kind = tree[0]
        if kind == "literal":
            return ("constant", tree[1])
        if kind == "binary" and tree[1] in TRUTH_OPERATORS:
            return self.operator(tree[1], tree[2], tree[3], focus)
        if kind == "call" and tree[2] in TRUTH_CALLS:
            return self.truth_call(tree, focus)
        stream = self.stream(tree, focus)
        assert stream.types == {"boolean"} and not stream.many, tree
        return ("value", stream.term)

    def operator(self, name, left, right, focus):
        if name in ("and", "or"):
            return joined(name, self.truth(left, focus), self.truth(right, focus))
        if name == "implies":
            return joined("or", ("not", self.truth(left, focus)), self.truth(right, focus))
        if name == "xor":
            return ("xor", self.truth(left, focus), self.truth(right, focus))
        if name == "is":
            name = {"Boolean": "boolean"}.get(right, right)
            return ("is", name, self.stream(left, focus).term)
        if name == "in":
            return self.membership(left, right, focus)
        if name == "contains":
            return self.membership(right, left, focus)
        return self.comparison(name, left, right, focus)

    def comparison(self, name, left, right, focus):
        if (name, left, right) == ("!=", ("variable", "rootResource"), ("this",)):
            # equality would compare the two as wholes
            return ("contained",)
        if name == "!=":
            return ("not", self.comparison("=", left, right, focus))
        if self.is_truth(left) and self.is_truth(right):
            assert name == "="
            return ("not", ("xor", self.truth(left, focus),
                            self.truth(right, focus)))
        a, b = self.value(left, focus), self.value(right, focus)
        if name == "=" and a[0] == "child_value" and b[0] == "string":
            return ("child_is", a[1], b[1])
        return ("compare", name, a, b)

    def membership(self, left, right, focus):
        literals = self.literals(right)
        if literals:
            return ("in_list", literals, self.stream(left, focus).term)
        if right == ("call", ("name", ("name", ("variable", "rootResource"),
                                       "contained"), "id"), "trace",
                     [("literal", "ids")]):
            while left[0] == "call" and left[2] == "trace":
                left = left[1]
            return ("contained_id", self.value(left, focus))
        return ("in", self.stream(left, focus).term,
                self.stream(right, focus).term)

    def literals(self, tree):
        """The strings of 'a' | 'b', None when it is not just that."""
        if tree[0] == "literal":
            return [tree[1]]
        if tree[:2] != ("binary", "|"):
            return None
        a, b = self.literals(tree[2]), self.literals(tree[3])
        return a + b if a and b else None

    def truth_call(self, tree, focus):
        _, before, name, args = tree
        if name == "iif":
            return self.iif(before, args, focus)
        if name == "not":
            return ("not", self.truth(before, focus))
        if name in ("startsWith", "contains"):
            text, part = self.value(before, focus), self.value(args[0], focus)
            if name == "startsWith" and text[0] == "child_value" and part[0] == "string":
                return ("child_starts", text[1], part[1])
            return ("starts" if name == "startsWith" else "has_text", text, part)
        if name == "matches":
            return ("matches", args[0][1],
                    self.value(before or ("this",), focus))
        if name == "isDistinct":
            return self.distinct(before, focus)
        source = self.source(before, focus)
        if name == "is":
            return ("is", args[0][2], source.term)
        if name == "hasValue":
            return ("has_value", source.term)
        if name == "all":
            return ("all", self.truth(args[0], source), source.term)
        term = source.term
        if args:
            term = ("where", self.truth(args[0], source), term)
        exists = ("exists", term)
        if term[:2] == ("path", "this") and len(term) == 3:
            # of the node itself it is known which children it has
            exists = ("has" if focus is self.top else "has_child", term[2])
        return exists if name == "exists" else ("not", exists)

    def distinct(self, tree, focus):
        while tree[0] == "call" and tree[2] == "trace":
            tree = tree[1]
        if tree[0] == "call" and tree[2] == "select":
            source = self.stream(tree[1], focus)
            return ("distinct", self.value(tree[3][0], source), source.term)
        return ("distinct", ("node", ("this",)), self.stream(tree, focus).term)

    def iif(self, before, args, focus):
        """iif(), whose arguments may begin at a collection."""
        condition, then, *otherwise = (
            [self.begin(before, arg) for arg in args] if before else args)
        other = (self.truth(otherwise[0], focus) if otherwise
                 else ("constant", None))
        return ("iif", self.truth(condition, focus), self.truth(then, focus),
                other)

    def begin(self, source, tree):
        """The tree with its path beginning at source instead of nothing."""
        if tree[0] != "call":
            return tree
        before = self.begin(source, tree[1]) if tree[1] else source
        return (*tree[:1], before, *tree[2:])


def joined(name, *truths):
    """The and, or the or, of truths.  A chain may be grouped and ordered as one
    likes: what needs no value of the document comes first."""
    parts = [part for truth in truths
             for part in (truth[1:] if truth[0] == name else (truth,))]
    return (name, *sorted(parts, key=reads_values))


def reads_values(term):
    """Does a truth ask about more than which children a node has?"""
    return term[0] not in ("has", "has_child", "constant", "contained") and (
        term[0] not in ("not", "and", "or") or any(map(reads_values, term[1:])))


def without(term, element):
    """What a truth is when the node has no such element: True, False, None
    for empty, or "?" when that depends on the rest."""
    kind, *rest = term
    if kind == "has":
        return False if rest[0] == element else "?"
    if kind == "constant":
        return rest[0]
    if kind in ("and", "or"):
        return chain(kind, [without(part, element) for part in rest])
    if kind == "not":
        inner = without(rest[0], element)
        return (not inner) if inner in (True, False) else inner
    if kind == "xor":
        a, b = (without(part, element) for part in rest)
        return "?" if "?" in (a, b) else None if None in (a, b) else a != b
    if kind in ("exists", "has_value", "is"):
        return False if is_empty(rest[-1], element) else "?"
    if kind in ("all", "distinct"):
        return True if is_empty(rest[-1], element) else "?"
    if kind in ("starts", "has_text"):
        return False if is_empty(rest[0], element) else "?"
    if kind == "matches":
        return False if is_empty(rest[1], element) else "?"
    if kind == "child_is":
        return None if rest[0] == element else "?"
    if kind == "child_starts":
        return False if rest[0] == element else "?"
    if kind == "contained_used":
        return True if rest[0] == element else "?"
    if kind == "contained_id":
        return None if is_empty(rest[0], element) else "?"
    return "?"


def chain(kind, parts):
    """and, or of what is known of the parts."""
    decides = kind == "or"
    if decides in [part for part in parts if isinstance(part, bool)]:
        return decides
    return "?" if "?" in parts else None if None in parts else not decides


def is_empty(term, element):
    """Is a stream or value surely empty when the node has no such element?"""
    kind, *rest = term
    if kind == "path":
        return rest[:2] == ["this", element]
    if kind == "child_value":
        return rest[0] == element
    if kind == "union":
        return all(is_empty(part, element) for part in rest)
    if kind in ("step", "child_named", "where", "known", "first", "tail",
                "of_type", "resolve", "node", "behind_first", "to_string",
                "descendants", "children"):
        return is_empty(rest[-1], element)
    return kind == "intersect" and is_empty(rest[0], element)
