"""Every place of a resource: its value, type, and FHIRPath expression.

An expression has an index on each element that repeats, and a choice is
written value.ofType(Quantity).
"""


class Place:
    """A value somewhere in a resource.

    holder[key]	is the value: holder is an object or, for a member of an array, a list
    whole		true for the array of an element that repeats (its members have places of their own)
    struct		the struct that the value's children are looked up in, None for a primitive
    above		the expression of the object that holds the element
    owner		its struct
    within		the object that holds the element, below an array too
    resource	the nearest resource around it: the whole, a contained one, or that of a Bundle's entry
    """

    def __init__(self, holder, key, expression, element, type_name, above, owner, within, resource):
        self.holder = holder
        self.key = key
        self.value = holder[key]
        self.expression = expression
        self.element = element
        self.type = type_name
        self.above = above
        self.owner = owner
        self.within = within
        self.resource = resource
        self.name = key if isinstance(key, str) else None
        self.whole = False
        self.struct = None


class Walker:
    """Collects the places of one resource, in the order of its text."""

    def __init__(self, definitions, resource):
        self.definitions = definitions
        self.places = []
        self.unknown = []
        root = Place([resource], 0, resource["resourceType"], None, "Resource", None, None, None, resource)
        root.struct = resource["resourceType"]
        self.places.append(root)
        self._object(resource, root.struct, root.expression, resource)

    def _object(self, value, struct, expression, resource):
        for name in list(value):
            if name == "resourceType":
                continue
            found = self.definitions.lookup(struct, name.removeprefix("_"))
            if found is None:
                self.unknown.append("%s.%s" % (expression, name))
                continue
            element, type_name = found
            path = "%s.%s" % (expression, element.name)
            if element.choice:
                path += ".ofType(%s)" % type_name
            if name.startswith("_"):
                self._twin(value[name], path)
            elif element.repeats and isinstance(value[name], list):
                self._array(value, name, path, element, type_name, expression, struct, resource)
            else:
                self._value(Place(value, name, path, element, type_name, expression, struct, value, resource))

    def _array(self, holder, name, path, element, type_name, above, owner, resource):
        place = Place(holder, name, path, element, type_name, above, owner, holder, resource)
        place.whole = True
        self.places.append(place)
        for index in range(len(holder[name])):
            member = Place(holder[name], index, "%s[%d]" % (path, index), element, type_name, above, owner, holder, resource)
            member.name = name
            self._value(member)

    def _value(self, place):
        self.places.append(place)
        if not isinstance(place.value, dict) or self.definitions.is_primitive(place.type):
            return
        resource = place.resource
        if place.type == "Resource":
            place.struct = place.value["resourceType"]
            resource = place.value
        else:
            place.struct = self.definitions.struct_of(place.element, place.type)
        self._object(place.value, place.struct, place.expression, resource)

    def _twin(self, value, path):
        """The id and extensions of a primitive."""
        for index, member in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(member, dict):
                self._object(member, "Element", path + "[%d]" % index if isinstance(value, list) else path, None)


def walk(definitions, resource):
    """The places of a good resource: what R4 does not know is an error."""
    walker = Walker(definitions, resource)
    if walker.unknown:
        raise ValueError("unknown elements: " + ", ".join(walker.unknown))
    return walker.places
