"""A good resource that is about to be given one fault, and what a kind of fault may ask of it."""

import copy

from walk import walk


class Fault:
    """What must be found: where, under which issue code, and by which invariant, if it is one.

    within	a place below the expression is right too: of the two elements that
    		contradict each other a validator may blame either
    """

    def __init__(self, expression, code, rule=None, within=False):
        self.expression = expression
        self.code = code
        self.rule = rule
        self.within = within

    def expected(self):
        result = {"expression": self.expression, "code": self.code}
        if self.rule:
            result["rule"] = self.rule
        if self.within:
            result["within"] = True
        return result


class Subject:
    """A copy of a resource, its places, and the source of chance."""

    def __init__(self, definitions, resource, rng):
        self.definitions = definitions
        self.resource = copy.deepcopy(resource)
        self.rng = rng
        self.places = walk(definitions, self.resource)
        self.root = self.places[0]

    def pick(self, fits):
        """One of the places that fit, or None."""
        fitting = [place for place in self.places if fits(place)]
        return self.rng.choice(fitting) if fitting else None

    def pick_value(self, fits):
        """The same among single values: not arrays, not nulls, not the resource itself."""
        return self.pick(lambda p: p.element is not None and not p.whole and p.value is not None and fits(p))

    def pick_primitive(self, *types):
        """A primitive of one of the types that has no twin, or of any type."""
        return self.pick_value(lambda p: (p.type in types if types else self.definitions.is_primitive(p.type))
                               and "_" + p.name not in p.within)

    def pick_object(self):
        """An object: the resource itself, one within it, or an element."""
        return self.pick(lambda p: p.struct is not None and p.value)

    def extension_value(self, type_name, value):
        """Gives the resource one more extension with a value of a type; its expression, or None."""
        if "extension" not in self.definitions.children(self.root.struct):
            return None
        extensions = self.resource.setdefault("extension", [])
        member = "value" + type_name[0].upper() + type_name[1:]
        extensions.append({"url": "http://example.org/ext/added", member: value})
        return "%s.extension[%d].value.ofType(%s)" % (self.root.expression, len(extensions) - 1, type_name)

    def place_or_extension(self, type_name, value, share=0.5):
        """Puts a value of a primitive type where there is one of the type, or into an extension; its expression."""
        place = self.pick_primitive(type_name)
        if place and self.rng.random() < share:
            place.holder[place.key] = value
            return place.expression
        return self.extension_value(type_name, value)
