/* functions.sql: the functions that the pack offers to a site's views */

SET client_encoding = 'UTF8';
SET search_path = public, fhir;

SELECT tw_core.tidy(value) IS NOT DISTINCT FROM expected, format('tidy(%s)', to_json(value))
FROM (VALUES (U&'\3000陳 明\3000 ', '陳 明'), (E' \t\r\n' || U&'\00A0', NULL), ('', NULL), ('a', 'a'), (NULL, NULL)) AS t (value, expected);

SELECT tw_core.id_kind(value) IS NOT DISTINCT FROM expected, format('id_kind(%L)', value)
FROM (VALUES ('A123456789', 'NNxxx'), ('C222222229', 'NNxxx'), ('AC01234567', 'PRC'), ('D900007778', 'PRC'),
	('F800123455', 'PRC'), ('A123456788', NULL), ('a123456789', NULL), ('', NULL), ('300000001', NULL)) AS t (value, expected);

SELECT tw_core.icd_dotted(value) IS NOT DISTINCT FROM expected, format('icd_dotted(%L)', value)
FROM (VALUES ('e119 ', 'E11.9'), ('I10', 'I10'), ('S72001A', 'S72.001A'), ('E11.9', 'E11.9'), ('C7A010', 'C7A.010'),
	('4019', '4019'), (U&'\3000', NULL), ('腹痛', '腹痛')) AS t (value, expected);

-- is_roc_date is true exactly where roc_date gives a date: 165 dates in six
-- forms, and two with blanks around.
CREATE FUNCTION pg_temp.roc_date_takes(value text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN roc_date(value) IS NOT NULL;
EXCEPTION
	WHEN data_exception THEN
		RETURN false;
END
$$;

WITH part AS (
	SELECT y::text, m::text, d::text
	FROM unnest('{0,1,9,11,79,89,93,100,113,189,999}'::int[]) AS y, unnest('{0,1,2,4,12,13}'::int[]) AS m,
		unnest('{0,1,28,29,30,31,32}'::int[]) AS d
), written AS (
	SELECT y || '/' || m || '/' || d AS value FROM part
	UNION ALL SELECT lpad(y, 3, '0') || '-' || lpad(m, 2, '0') || '-' || lpad(d, 2, '0') FROM part
	UNION ALL SELECT y || '.' || m || '.' || d FROM part
	UNION ALL SELECT lpad(y, greatest(2, length(y)), '0') || lpad(m, 2, '0') || lpad(d, 2, '0') FROM part
	UNION ALL SELECT '民國' || y || '年' || m || '月' || d || '日' FROM part
	UNION ALL SELECT y || '年' || m || '月' || d || '日' FROM part
	UNION ALL SELECT unnest('{"",  " ", "0790101 ", " 79/1/1", "0000000", "1990-01-01", "19900101", "79/1-1", "79-1-1 08:00", "不詳", "民國79/1/1",
		"民國79年1月1", "民前1年1月1日", "79101", "7901011x", "0790101\n", "７９/1/1", "-79/1/1", "79//1", "0790231"}'::text[])
)
SELECT count(*) = 2792 AND count(*) FILTER (WHERE tw_core.is_roc_date(value)) = 992 AND bool_and(tw_core.is_roc_date(value) = pg_temp.roc_date_takes(value)),
	'is_roc_date agrees with roc_date' || coalesce(' not on: ' || string_agg(value, ', ') FILTER (
		WHERE tw_core.is_roc_date(value) <> pg_temp.roc_date_takes(value)), '')
FROM written;
