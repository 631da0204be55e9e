/*
 * code_owner.c
 *		The type of fhir_code_map.owner: a role that may be missing.
 *
 * It is a regrole whose input takes a name that is not there.  A database is
 * often restored where its roles are not, or not all of them; regrole would
 * end COPY at the first such row, and with it lose every code map.  A map whose
 * role is missing belongs to the extension's owner, as one does whose role was
 * dropped.  So a number is no role, either: regrole writes one for a role that
 * is gone, and the same number may be a stranger elsewhere.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

PG_FUNCTION_INFO_V1(fhir_bridge_role_in);
PG_FUNCTION_INFO_V1(fhir_bridge_role_out);

/*
 * fhir_bridge_role_in(cstring) RETURNS fhir_bridge_role
 *		A name as SQL has it; a warning, and the extension's owner, where there
 *		is no such role.
 */
Datum
fhir_bridge_role_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	List	   *names;
	Oid			role;

	if (strcmp(text, "-") == 0 || (text[0] != '\0' && strspn(text, "0123456789") == strlen(text)))
		PG_RETURN_OID(InvalidOid);
	names = textToQualifiedNameList(cstring_to_text(text));
	if (list_length(names) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid name syntax")));
	role = get_role_oid(strVal(linitial(names)), true);
	if (!OidIsValid(role))
		ereport(WARNING,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role \"%s\" does not exist: its code map belongs to the extension's owner", strVal(linitial(names)))));
	PG_RETURN_OID(role);
}

/*
 * fhir_bridge_role_out(fhir_bridge_role) RETURNS cstring
 *		The role's name, quoted where needed; "-" for one that is gone.
 */
Datum
fhir_bridge_role_out(PG_FUNCTION_ARGS)
{
	char	   *name = GetUserNameFromId(PG_GETARG_OID(0), true);

	PG_RETURN_CSTRING(name == NULL ? pstrdup("-") : pstrdup(quote_identifier(name)));
}
