/*
 * match_value.c
 *		One value of a resource against one of a condition: tokens, strings,
 *		references, URIs.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/numeric.h"

#include "base/fold.h"
#include "search/match/match.h"

/* Does a system, or none (NULL), agree with what is wanted? */
static bool
system_agrees(const SearchValue *wanted, const char *system)
{
	if (!wanted->has_system)
		return true;
	if (wanted->system[0] == '\0')
		return system == NULL;
	return system != NULL && strcmp(system, wanted->system) == 0;
}

/* Do a system and a code, each or NULL, match? */
static bool
pair_matches(const SearchValue *wanted, const char *system, const char *code)
{
	return system_agrees(wanted, system) &&
		(wanted->code[0] == '\0' || (code != NULL && strcmp(code, wanted->code) == 0));
}

/*
 * Does a code that stands alone match?  Its system is that of the value set
 * that R4 binds the element to; without one it has none.  It also is a value
 * without a system, "|code", since it has no such member.
 */
bool
match_token_text(const SearchValue *wanted, const char *text, R4Set set)
{
	if (wanted->code[0] != '\0' && strcmp(text, wanted->code) != 0)
		return false;
	if (!wanted->has_system || wanted->system[0] == '\0')
		return true;
	return set != R4_NO_SET && r4_set_has(set, wanted->system, strlen(wanted->system), text, strlen(text));
}

/* Does the folded text begin with what is wanted, folded? */
static bool
text_begins(const char *text, const char *wanted)
{
	char	   *prefix;

	if (text == NULL)
		return false;
	prefix = fold_text(wanted);
	return strncmp(fold_text(text), prefix, strlen(prefix)) == 0;
}

/* Calls judge on each Coding of a CodeableConcept. */
static bool
any_coding(JsonbContainer *concept, bool (*judge) (JsonbContainer *coding, const SearchValue *wanted),
		   const SearchValue *wanted)
{
	JsonbValue	codings;

	if (!match_member(concept, "coding", &codings) || codings.type != jbvBinary ||
		!JsonContainerIsArray(codings.val.binary.data))
		return false;
	for (int i = 0; i < JsonContainerSize(codings.val.binary.data); i++)
	{
		JsonbValue *coding = getIthJsonbValueFromContainer(codings.val.binary.data, i);

		if (coding->type == jbvBinary && judge(coding->val.binary.data, wanted))
			return true;
	}
	return false;
}

/* Does a Coding match? */
bool
match_coding(JsonbContainer *coding, const SearchValue *wanted)
{
	return pair_matches(wanted, match_member_text(coding, "system"), match_member_text(coding, "code"));
}

/* Does a Coding of a CodeableConcept match? */
bool
match_concept(JsonbContainer *concept, const SearchValue *wanted)
{
	return any_coding(concept, match_coding, wanted);
}

static bool
display_begins(JsonbContainer *coding, const SearchValue *wanted)
{
	return text_begins(match_member_text(coding, "display"), wanted->text);
}

/* The member of an object that is an object; NULL when there is none. */
static JsonbContainer *
member_object(JsonbContainer *object, const char *name)
{
	JsonbValue	value;

	if (!match_member(object, name, &value) || value.type != jbvBinary)
		return NULL;
	return value.val.binary.data;
}

/* Identifier with :of-type: its type's coding and its value. */
static bool
match_of_type(const SearchValue *wanted, JsonbContainer *identifier)
{
	JsonbContainer *type = member_object(identifier, "type");
	char	   *value = match_member_text(identifier, "value");

	return type != NULL && value != NULL && strcmp(value, wanted->of_type) == 0 &&
		match_concept(type, wanted);
}

/* :text: the texts of a token begin with it. */
static bool
match_token_words(const SearchValue *wanted, JsonbValue *value, const ParameterPath *path)
{
	JsonbContainer *object = value->type == jbvBinary ? value->val.binary.data : NULL;

	if (object == NULL)
		return false;			/* a code has no text */
	if (strcmp(path->type_name, "Identifier") == 0)
	{
		object = member_object(object, "type");
		return object != NULL && text_begins(match_member_text(object, "text"), wanted->text);
	}
	return text_begins(match_member_text(object, "text"), wanted->text) || display_begins(object, wanted) ||
		any_coding(object, display_begins, wanted);
}

/* Tokens. */
static bool
match_token(const SearchCondition *condition, const SearchValue *wanted, JsonbValue *value, const ParameterPath *path)
{
	JsonbContainer *object;

	if (condition->modifier == MODIFIER_TEXT)
		return match_token_words(wanted, value, path);
	if (value->type != jbvBinary)
	{
		char	   *text = match_text(value);
		R4Set		set = path->nsteps > 0 ? r4_required_set(path->steps[path->nsteps - 1].child.element) : R4_NO_SET;

		return text != NULL && match_token_text(wanted, text, set);
	}
	object = value->val.binary.data;
	if (condition->modifier == MODIFIER_OF_TYPE)
		return match_of_type(wanted, object);
	if (strcmp(path->type_name, "CodeableConcept") == 0)
		return match_concept(object, wanted);
	return pair_matches(wanted, match_member_text(object, "system"),
						match_member_text(object, strcmp(path->type_name, "Coding") == 0 ? "code" : "value"));
}

/* One text against a string's condition. */
static bool
match_string_text(const SearchCondition *condition, const SearchValue *wanted, const char *text)
{
	if (text == NULL)
		return false;
	if (condition->modifier == MODIFIER_EXACT)
		return strcmp(text, wanted->text) == 0;
	if (condition->modifier == MODIFIER_CONTAINS)
		return strstr(fold_text(text), fold_text(wanted->text)) != NULL;
	return text_begins(text, wanted->text);
}

/* The members of HumanName and Address that are searched. */
static const char *const name_parts[] = {"text", "family", "given", "prefix", "suffix", NULL};
static const char *const address_parts[] = {
	"text", "line", "city", "district", "state", "postalCode", "country", NULL
};

/* Strings: a name or an address by any of its parts. */
static bool
match_string(const SearchCondition *condition, const SearchValue *wanted, JsonbValue *value, const ParameterPath *path)
{
	const char *const *parts = strcmp(path->type_name, "HumanName") == 0 ? name_parts : address_parts;

	if (value->type != jbvBinary)
		return match_string_text(condition, wanted, match_text(value));
	for (; *parts != NULL; parts++)
	{
		JsonbValue	part;

		if (!match_member(value->val.binary.data, *parts, &part))
			continue;
		if (part.type == jbvString && match_string_text(condition, wanted, match_text(&part)))
			return true;
		if (part.type != jbvBinary)
			continue;
		for (int i = 0; i < JsonContainerSize(part.val.binary.data); i++)
			if (match_string_text(condition, wanted,
								  match_text(getIthJsonbValueFromContainer(part.val.binary.data, i))))
				return true;
	}
	return false;
}

/*
 * "Type/id" of a reference that points to this server, without its version;
 * NULL for any other.
 */
static char *
match_reference_key(const MatchContext *context, const char *reference)
{
	int			base = context->base_url != NULL ? strlen(context->base_url) : 0;
	char	   *key;
	char	   *slash;

	if (base > 0 && strncmp(reference, context->base_url, base) == 0 && reference[base] == '/')
		reference += base + 1;
	key = pstrdup(reference);
	slash = strstr(key, "/_history/");
	if (slash != NULL)
		*slash = '\0';
	slash = strchr(key, '/');
	if (slash == NULL || strchr(slash + 1, '/') != NULL || strchr(key, ':') != NULL)
		return NULL;
	return key;
}

/* The same of a Reference; NULL also for what is none, or has no url. */
char *
match_reference_target(const MatchContext *context, const JsonbValue *value)
{
	char	   *url = value->type == jbvBinary ? match_member_text(value->val.binary.data, "reference") : NULL;

	return url != NULL ? match_reference_key(context, url) : NULL;
}

/* References. */
static bool
match_reference(const MatchContext *context, const SearchCondition *condition, const SearchValue *wanted,
				JsonbValue *value)
{
	char	   *url;
	char	   *key;
	char	   *slash;

	if (value->type != jbvBinary)
	{
		/* a canonical, perhaps with its version behind a bar */
		int			len = strlen(wanted->text);

		url = match_text(value);
		return url != NULL && condition->modifier == MODIFIER_NONE && strncmp(url, wanted->text, len) == 0 &&
			(url[len] == '\0' || url[len] == '|');
	}
	if (condition->modifier == MODIFIER_IDENTIFIER)
	{
		JsonbContainer *identifier = member_object(value->val.binary.data, "identifier");

		return identifier != NULL && pair_matches(wanted, match_member_text(identifier, "system"),
												  match_member_text(identifier, "value"));
	}
	url = match_member_text(value->val.binary.data, "reference");
	if (url == NULL)
		return false;
	if (wanted->url != NULL)
		return strcmp(url, wanted->url) == 0;
	key = match_reference_key(context, url);
	if (key == NULL)
		return false;
	slash = strchr(key, '/');
	*slash = '\0';
	return strcmp(slash + 1, wanted->id) == 0 && (wanted->type == NULL || strcmp(key, wanted->type) == 0) &&
		(condition->modifier_type == NULL || strcmp(key, condition->modifier_type) == 0);
}

/* An empty table of "Type/id". */
HTAB *
match_keys_create(void)
{
	HASHCTL		control = {.keysize = MATCH_KEY_LENGTH, .entrysize = MATCH_KEY_LENGTH};

	control.hcxt = CurrentMemoryContext;
	return hash_create("fhir_bridge references", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
}

/* Adds a key; one that is too long for any id is left out. */
void
match_keys_add(HTAB *keys, const char *key)
{
	if (strlen(key) < MATCH_KEY_LENGTH)
		(void) hash_search(keys, key, HASH_ENTER, NULL);
}

/* Does a value that a path of the parameter leads to match? */
bool
match_value(const MatchContext *context, const SearchCondition *condition, const Parameter *parameter,
			const SearchValue *wanted, JsonbValue *value, const ParameterPath *path)
{
	char	   *text;

	switch (parameter->kind)
	{
		case PARAMETER_TOKEN:
			return match_token(condition, wanted, value, path);
		case PARAMETER_STRING:
			return match_string(condition, wanted, value, path);
		case PARAMETER_REFERENCE:
			return match_reference(context, condition, wanted, value);
		case PARAMETER_URI:
			text = match_text(value);
			return text != NULL && strcmp(text, wanted->text) == 0;
		case PARAMETER_DATE:
			return match_date(context, wanted, value, path);
		case PARAMETER_NUMBER:
			return match_number(wanted, value, path);
		case PARAMETER_QUANTITY:
			return match_quantity(wanted, value, path);
		case PARAMETER_COMPOSITE:
		case PARAMETER_SPECIAL:
			break;
	}
	return false;
}
