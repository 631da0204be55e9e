/*
 * bench.c
 *		How long one Patient of some 600 bytes takes, all keys prepared, each
 *		value by its own call, as a plan does it that has no constants.
 */
#include "postgres.h"

#include "fmgr.h"
#include "portability/instr_time.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "json/json.h"

PG_FUNCTION_INFO_V1(json_test_patient);
PG_FUNCTION_INFO_V1(json_test_bench);

/* The shapes of a Patient, in the order in which they begin. */
typedef struct PatientShapes
{
	JsonShape  *patient;
	JsonShape  *name;
	JsonShape  *meta;
	JsonShape  *address;
	JsonShape  *telecom;
	JsonShape  *identifier;
	JsonShape  *reference;
} PatientShapes;

/* Makes a shape of keys given in jsonb's order, separated by spaces. */
static JsonShape *
make_shape(const char *names)
{
	const JsonKey *keys[16];
	int			n = 0;

	while (*names != '\0')
	{
		int			len = strcspn(names, " ");

		keys[n++] = json_make_key(names, len);
		names += len + (names[len] == ' ');
	}
	return json_make_shape(keys, n);
}

static void
make_shapes(PatientShapes *shapes)
{
	shapes->patient = make_shape("id meta name active gender address telecom birthDate "
								 "identifier resourceType managingOrganization");
	shapes->name = make_shape("use text given family");
	shapes->meta = make_shape("versionId lastUpdated");
	shapes->address = make_shape("use city line country postalCode");
	shapes->telecom = make_shape("use value system");
	shapes->identifier = make_shape("use value system");
	shapes->reference = make_shape("display reference");
}

/* A string literal of C as a value. */
#define WRITE(w, literal) json_string(w, literal, sizeof(literal) - 1)

static void
write_name_and_address(JsonWriter *w, const PatientShapes *shapes)
{
	json_begin_array(w, 1);
	json_begin_shape(w, shapes->name);
	WRITE(w, "official");
	WRITE(w, "Chen Mei-Ling");
	json_begin_array(w, 2);
	WRITE(w, "Mei-Ling");
	WRITE(w, "Grace");
	json_end(w);
	WRITE(w, "Chen");
	json_end(w);
	json_end(w);
	json_bool(w, true);
	WRITE(w, "female");
	json_begin_array(w, 1);
	json_begin_shape(w, shapes->address);
	WRITE(w, "home");
	WRITE(w, "\346\226\260\345\214\227\345\270\202");
	json_begin_array(w, 1);
	WRITE(w, "\346\260\221\346\227\217\350\267\257 21 \350\231\237");
	json_end(w);
	WRITE(w, "TW");
	WRITE(w, "220");
	json_end(w);
	json_end(w);
}

static void
write_telecom(JsonWriter *w, const PatientShapes *shapes)
{
	json_begin_array(w, 2);
	json_begin_shape(w, shapes->telecom);
	WRITE(w, "mobile");
	WRITE(w, "+886-912-345678");
	WRITE(w, "phone");
	json_end(w);
	json_begin_shape(w, shapes->telecom);
	WRITE(w, "home");
	WRITE(w, "mei@example.org");
	WRITE(w, "email");
	json_end(w);
	json_end(w);
}

/* Writes the Patient; the keys' order is jsonb's in both forms. */
static void
write_patient(JsonWriter *w, const PatientShapes *shapes)
{
	json_begin_shape(w, shapes->patient);
	WRITE(w, "31c0cf5e-4489-2f8a-6b29-7ec58a85ba30");
	json_begin_shape(w, shapes->meta);
	WRITE(w, "1");
	WRITE(w, "2024-05-06T07:08:09.123+08:00");
	json_end(w);
	write_name_and_address(w, shapes);
	write_telecom(w, shapes);
	WRITE(w, "1970-02-03");
	json_begin_array(w, 1);
	json_begin_shape(w, shapes->identifier);
	WRITE(w, "official");
	WRITE(w, "A123456789");
	WRITE(w, "http://www.moi.gov.tw");
	json_end(w);
	json_end(w);
	WRITE(w, "Patient");
	json_begin_shape(w, shapes->reference);
	WRITE(w, "Far Eastern");
	WRITE(w, "Organization/0d6d7d5c-1f2e-8a3b-9c4d-5e6f708192a3");
	json_end(w);
	json_end(w);
}

/* json_test_patient() RETURNS jsonb: what is measured */
Datum
json_test_patient(PG_FUNCTION_ARGS)
{
	PatientShapes shapes;
	JsonWriter	w;

	make_shapes(&shapes);
	json_writer_init(&w, JSON_BINARY, CurrentMemoryContext);
	write_patient(&w, &shapes);
	return json_finish(&w);
}

/*
 * json_test_bench(form text, kind text, times int) RETURNS float8
 *		Nanoseconds for one Patient with its datum ('finish') or without.
 */
Datum
json_test_bench(PG_FUNCTION_ARGS)
{
	char	   *form = text_to_cstring(PG_GETARG_TEXT_PP(0));
	bool		finish = strcmp(text_to_cstring(PG_GETARG_TEXT_PP(1)), "finish") == 0;
	int			times = PG_GETARG_INT32(2);
	PatientShapes shapes;
	JsonWriter	w;
	instr_time	begin;
	instr_time	end;

	make_shapes(&shapes);
	json_writer_init(&w, strcmp(form, "text") == 0 ? JSON_TEXT : JSON_BINARY,
					 CurrentMemoryContext);
	INSTR_TIME_SET_CURRENT(begin);
	for (int i = 0; i < times; i++)
	{
		json_writer_reset(&w);
		write_patient(&w, &shapes);
		if (finish)
			pfree(DatumGetPointer(json_finish(&w)));
	}
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, begin);
	PG_RETURN_FLOAT8(INSTR_TIME_GET_DOUBLE(end) * 1e9 / times);
}
