-- the XHTML of narratives: txt-1 and txt-2
CREATE SCHEMA r4_narrative;
SET search_path = r4_narrative, public;
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION faults(div text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT code || ' ' || expression || ' ' || diagnostics FROM fhir_validate(jsonb_build_object('resourceType', 'Patient',
		'text', jsonb_build_object('status', 'generated', 'div', div))) WHERE severity = 'error'$$;
CREATE FUNCTION div(inner_part text) RETURNS text LANGUAGE sql AS $$
	SELECT '<div xmlns="http://www.w3.org/1999/xhtml">' || inner_part || '</div>'$$;

-- good ones: nothing to say
SELECT inner_part, f FROM unnest(ARRAY['x', '線', '<p>x</p>', '<img src="a.png" alt=""/>', '<br/>x<hr />', '<!-- a > b -->x',
	'<a href="http://a.example/?a=1&amp;b=2" name=''n''>x</a>', '&lt;&gt;&amp;&quot;&apos;', '&#160;', '&#x7dda;', '&#xA0;&#xDF;',
	'<table border="1" class="grid"><thead><tr><th colspan="2">a</th></tr></thead><tbody><tr><td style="color: red">b</td><td nowrap="nowrap">c</td></tr></tbody></table>',
	'<ul><li xml:lang="en" lang="en">a</li></ul>', '<![CDATA[a < b]]>', 'a > b', '<p
	class = "x" >x</p >']) inner_part, faults(div(inner_part)) f;
SELECT faults(' <!-- c --><div xmlns="http://www.w3.org/1999/xhtml" lang="en"><div>x</div></div> ');

-- elements and attributes that are not plain formatting
SELECT inner_part, f FROM unnest(ARRAY['<script>x</script>', '<SCRIPT>x</SCRIPT>', '<form>x</form>', '<input/>', '<iframe src="x"/>', '<object/>',
	'<style>x</style>', '<link/>', '<font>x</font>', '<video/>', '<xhtml:p>x</xhtml:p>', '<P>x</P>',
	'<p onclick="x">x</p>', '<img src="x" onerror="x"/>', '<p href="x">x</p>', '<p data-x="1">x</p>', '<a href="javascript:x">x</a>',
	'<a href=" JavaScript:x">x</a>', '<p xmlns="http://www.w3.org/2000/svg">x</p>', '<a target="x">x</a>']) inner_part, faults(div(inner_part)) f;

-- not well formed
SELECT inner_part, f FROM unnest(ARRAY['<p>x', '<p>x</b>', 'x</p>', '<p><b>x</p></b>', '<br>x', '<p class=x>y</p>', '<p class>y</p>', '<p class="x>y</p>',
	'<p class="a"id="b">x</p>', '<p class="<">x</p>', 'a & b', 'a &x; b', '&nbsp;', '&#0;', '&#x110000;', '&#;', '&#99999999999999999999;', 'a < b', '<', '<p', '</', '<!-- x', '<![CDATA[x', '<?php x ?>',
	'<!DOCTYPE html>', '<>x</>', repeat('<b>', 200) || 'x' || repeat('</b>', 200)]) inner_part, faults(div(left(inner_part, 700))) f;

-- not one div in XHTML's namespace
SELECT div, f FROM unnest(ARRAY['x', '<p>x</p>', '<div>x</div>', '<div xmlns="http://www.w3.org/1999/xhtm">x</div>', '<div', ' ', '<!-- x -->',
	'<div xmlns="http://www.w3.org/1999/xhtml">x</div>y', '<div xmlns="http://www.w3.org/1999/xhtml">x</div><div xmlns="http://www.w3.org/1999/xhtml">y</div>',
	'<?xml version="1.0"?><div xmlns="http://www.w3.org/1999/xhtml">x</div>']) div, faults(div) f;

-- nothing to see
SELECT inner_part, f FROM unnest(ARRAY['', ' ', E'\n\t', '<p></p>', '<p class="x"> </p>', '<!-- x -->', '&#32;', '<br/>']) inner_part, faults(div(inner_part)) f;

-- status
SELECT code, expression, diagnostics FROM fhir_validate('{"resourceType": "Patient", "text": {"status": "draft", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"}}'::jsonb);
SELECT code, expression, diagnostics FROM fhir_validate('{"resourceType": "Patient", "text": {}, "contained": [{"resourceType": "Patient", "text": {"status": "empty"}}]}'::jsonb)
	WHERE code <> 'invariant';
SELECT faults('');
