/*
 * fhir_everything.c
 *		Patient/{id}/$everything: the patient and all that refers to it.
 *
 * One statement walks the search pages of all types with a parameter for the
 * patient, in one snapshot; the entries go out as they come, the patient first.
 */
#include <string.h>

#include "gateway/access/access.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/routes/stream.h"

/* There is no patient, hence nothing. */
static void
nothing(HttpRequest *request)
{
	reply_error(request, 404, NULL, "There is no such resource");
}

/*
 * Are all parameters ones that change nothing here?  All that there is comes
 * as one page; of _type, _since, start and end the answer would be more than
 * was asked for.
 */
static bool
asks_for_all(HttpRequest *request)
{
	bool		bad = false;
	const char *name;

	for (int i = 0; (name = url_field_name(&request->arena, request->path.query, i, &bad)) != NULL; i++)
		if (name[0] != '\0' && strcmp(name, "_count") != 0 && strcmp(name, "_format") != 0 && strcmp(name, "_pretty") != 0)
			return false;
	return !bad;
}

void
fhir_everything(HttpRequest *request)
{
	static const StreamForm form = {HTTP_FHIR_JSON, "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[", "]}", false, nothing, NULL};

	if (!access_type(request, "*", "rs"))
		return;
	if (!asks_for_all(request))
		reply_error(request, 400, "not-supported", "$everything gives everything: it has no parameters but _count and _format");
	else
		stream_begin(request, SQL_EVERYTHING, &form, request->params[0], settings.base_url);
}
