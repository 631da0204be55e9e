-- Run once by the image's entry point, when the data folder is made.
CREATE SCHEMA fhir;
CREATE EXTENSION fhir_bridge SCHEMA fhir;
