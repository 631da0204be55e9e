/* clinical: blood pressure figures; formulas and sources in blood_pressure.c */

CREATE FUNCTION calc_map(sbp float8, dbp float8) RETURNS float8
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'fhir_bridge_calc_map_at_rest';
COMMENT ON FUNCTION calc_map(float8, float8) IS
	'mean arterial pressure at rest, mmHg: dbp + (sbp - dbp)/3, both in mmHg (kPa is not noticed)';

CREATE FUNCTION calc_map(sbp float8, dbp float8, hr float8) RETURNS float8
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'fhir_bridge_calc_map_in_exercise';
COMMENT ON FUNCTION calc_map(float8, float8, float8) IS
	'mean arterial pressure during exercise, mmHg: dbp + 0.01*exp(4.14 - 40.74/hr)*(sbp - dbp); pressures in mmHg, heart rate in beats per minute (Moran et al. 1995). Equals the figure at rest near 64 per minute; not for bradycardia or irregular rhythm';

CREATE FUNCTION calc_arv(bp float8[]) RETURNS float8
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'fhir_bridge_calc_arv';
COMMENT ON FUNCTION calc_arv(float8[]) IS
	'average real variability of readings in order of time, mmHg: sum of |BPk - BPk-1| over n, the number of readings, as the hospital''s programs compute it. {120,122,118,126,124,128,120,122,116,124} gives 44/10 = 4.4; the published definition divides by n - 1 and gives 44/9 = 4.888..., see arv';

CREATE FUNCTION calc_arv(bp float8[], weights float8[]) RETURNS float8
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3
	AS 'MODULE_PATHNAME', 'fhir_bridge_calc_arv_weighted';
COMMENT ON FUNCTION calc_arv(float8[], float8[]) IS
	'average real variability with a weight for each reading, mmHg: sum of Wk*|BPk - BPk-1| for k = 2..n over the sum of Wk for k = 1..n. The first weight is in the divisor only: with 0 there, and intervals as the others, this is the published figure';

CREATE FUNCTION fhir_bridge_arv_accum(internal, float8, timestamptz) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'fhir_bridge_arv_accum';
COMMENT ON FUNCTION fhir_bridge_arv_accum(internal, float8, timestamptz) IS 'private: transition function of arv';

CREATE FUNCTION fhir_bridge_arv_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_arv_combine';
COMMENT ON FUNCTION fhir_bridge_arv_combine(internal, internal) IS 'private: combine function of arv';

CREATE FUNCTION fhir_bridge_arv_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_arv_serialize';
COMMENT ON FUNCTION fhir_bridge_arv_serialize(internal) IS 'private: serial function of arv';

CREATE FUNCTION fhir_bridge_arv_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_arv_deserialize';
COMMENT ON FUNCTION fhir_bridge_arv_deserialize(bytea, internal) IS 'private: deserial function of arv';

CREATE FUNCTION fhir_bridge_arv_final(internal) RETURNS float8
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_arv_final';
COMMENT ON FUNCTION fhir_bridge_arv_final(internal) IS 'private: final function of arv';

CREATE AGGREGATE arv(bp float8, measured_at timestamptz) (
	SFUNC = fhir_bridge_arv_accum,
	STYPE = internal,
	SSPACE = 2048,
	FINALFUNC = fhir_bridge_arv_final,
	COMBINEFUNC = fhir_bridge_arv_combine,
	SERIALFUNC = fhir_bridge_arv_serialize,
	DESERIALFUNC = fhir_bridge_arv_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE arv(float8, timestamptz) IS
	'average real variability as published (Mena et al. 2005), mmHg: sum of interval*|BPk - BPk-1| over the sum of the intervals; sorts by time itself. Ten readings at equal intervals whose differences add up to 44 give 44/9 = 4.888..., where calc_arv gives 44/10 = 4.4. A long gap weighs as long as it is';
