/*
 * search_parameter_tables.h
 *		R4's search parameters, made by generate_parameters.py.
 *
 * Taken from HL7's package hl7.fhir.r4.core 4.0.1 (CC0-1.0).
 */
static const char parameter_strings[] =
	"\0"
	"Account\0"
	"identifier\0"
	"identifier:Identifier\0"
	"name\0"
	"name:string\0"
	"owner\0"
	"owner:Reference\0"
	"Organization\0"
	"patient\0"
	"subject[>Patient]:Reference\0"
	"Patient\0"
	"period\0"
	"servicePeriod:Period\0"
	"status\0"
	"status:code\0"
	"subject\0"
	"subject:Reference\0"
	"Practitioner,Organization,Device,Patient,HealthcareService,PractitionerRole,Location\0"
	"type\0"
	"type:CodeableConcept\0"
	"ActivityDefinition\0"
	"composed-of\0"
	"relatedArtifact[type=composed-of].resource:canonical\0"
	"*\0"
	"context\0"
	"useContext.valueCodeableConcept:CodeableConcept\0"
	"context-quantity\0"
	"useContext.valueQuantity:Quantity|useContext.valueRange:Range\0"
	"context-type\0"
	"useContext.code:Coding\0"
	"context-type-quantity\0"
	"useContext:UsageContext\0"
	"context-type=token=code:Coding;context-quantity=quantity=valueQuantity:Quantity|valueRange:Range\0"
	"context-type-value\0"
	"context-type=token=code:Coding;context=token=valueCodeableConcept:CodeableConcept\0"
	"date\0"
	"date:dateTime\0"
	"depends-on\0"
	"relatedArtifact[type=depends-on].resource:canonical|library:canonical\0"
	"derived-from\0"
	"relatedArtifact[type=derived-from].resource:canonical\0"
	"description\0"
	"description:markdown\0"
	"effective\0"
	"effectivePeriod:Period\0"
	"jurisdiction\0"
	"jurisdiction:CodeableConcept\0"
	"predecessor\0"
	"relatedArtifact[type=predecessor].resource:canonical\0"
	"publisher\0"
	"publisher:string\0"
	"successor\0"
	"relatedArtifact[type=successor].resource:canonical\0"
	"title\0"
	"title:string\0"
	"topic\0"
	"topic:CodeableConcept\0"
	"url\0"
	"url:uri\0"
	"version\0"
	"version:string\0"
	"AdverseEvent\0"
	"actuality\0"
	"actuality:code\0"
	"category\0"
	"category:CodeableConcept\0"
	"event\0"
	"event:CodeableConcept\0"
	"location\0"
	"location:Reference\0"
	"Location\0"
	"recorder\0"
	"recorder:Reference\0"
	"Practitioner,Patient,PractitionerRole,RelatedPerson\0"
	"resultingcondition\0"
	"resultingCondition:Reference\0"
	"Condition\0"
	"seriousness\0"
	"seriousness:CodeableConcept\0"
	"severity\0"
	"severity:CodeableConcept\0"
	"study\0"
	"study:Reference\0"
	"ResearchStudy\0"
	"Practitioner,Group,Patient,RelatedPerson\0"
	"substance\0"
	"suspectEntity.instance:Reference\0"
	"Immunization,Device,Medication,Procedure,Substance,MedicationAdministration,MedicationStatement\0"
	"AllergyIntolerance\0"
	"asserter\0"
	"asserter:Reference\0"
	"category:code\0"
	"clinical-status\0"
	"clinicalStatus:CodeableConcept\0"
	"code\0"
	"code:CodeableConcept|reaction.substance:CodeableConcept\0"
	"criticality\0"
	"criticality:code\0"
	"recordedDate:dateTime\0"
	"last-date\0"
	"lastOccurrence:dateTime\0"
	"manifestation\0"
	"reaction.manifestation:CodeableConcept\0"
	"onset\0"
	"reaction.onset:dateTime\0"
	"patient:Reference\0"
	"Patient,Group\0"
	"route\0"
	"reaction.exposureRoute:CodeableConcept\0"
	"reaction.severity:code\0"
	"type:code\0"
	"verification-status\0"
	"verificationStatus:CodeableConcept\0"
	"Appointment\0"
	"actor\0"
	"participant.actor:Reference\0"
	"Practitioner,Device,Patient,HealthcareService,PractitionerRole,RelatedPerson,Location\0"
	"appointment-type\0"
	"appointmentType:CodeableConcept\0"
	"based-on\0"
	"basedOn:Reference\0"
	"ServiceRequest\0"
	"start:instant\0"
	"participant.actor[>Location]:Reference\0"
	"part-status\0"
	"participant.status:code\0"
	"participant.actor[>Patient]:Reference\0"
	"practitioner\0"
	"participant.actor[>Practitioner]:Reference\0"
	"Practitioner\0"
	"reason-code\0"
	"reasonCode:CodeableConcept\0"
	"reason-reference\0"
	"reasonReference:Reference\0"
	"Condition,Observation,Procedure,ImmunizationRecommendation\0"
	"service-category\0"
	"serviceCategory:CodeableConcept\0"
	"service-type\0"
	"serviceType:CodeableConcept\0"
	"slot\0"
	"slot:Reference\0"
	"Slot\0"
	"specialty\0"
	"specialty:CodeableConcept\0"
	"supporting-info\0"
	"supportingInformation:Reference\0"
	"AppointmentResponse\0"
	"actor:Reference\0"
	"appointment\0"
	"appointment:Reference\0"
	"actor[>Location]:Reference\0"
	"participantStatus:code\0"
	"actor[>Patient]:Reference\0"
	"actor[>Practitioner]:Reference\0"
	"AuditEvent\0"
	"action\0"
	"action:code\0"
	"address\0"
	"agent.network.address:string\0"
	"agent\0"
	"agent.who:Reference\0"
	"Practitioner,Organization,Device,Patient,PractitionerRole,RelatedPerson\0"
	"agent-name\0"
	"agent.name:string\0"
	"agent-role\0"
	"agent.role:CodeableConcept\0"
	"altid\0"
	"agent.altId:string\0"
	"recorded:instant\0"
	"entity\0"
	"entity.what:Reference\0"
	"entity-name\0"
	"entity.name:string\0"
	"entity-role\0"
	"entity.role:Coding\0"
	"entity-type\0"
	"entity.type:Coding\0"
	"outcome\0"
	"outcome:code\0"
	"agent.who[>Patient]:Reference|entity.what[>Patient]:Reference\0"
	"policy\0"
	"agent.policy:uri\0"
	"site\0"
	"source.site:string\0"
	"source\0"
	"source.observer:Reference\0"
	"subtype\0"
	"subtype:Coding\0"
	"type:Coding\0"
	"Basic\0"
	"author\0"
	"author:Reference\0"
	"Practitioner,Organization,Patient,PractitionerRole,RelatedPerson\0"
	"code:CodeableConcept\0"
	"created\0"
	"created:date\0"
	"BodyStructure\0"
	"location:CodeableConcept\0"
	"morphology\0"
	"morphology:CodeableConcept\0"
	"Bundle\0"
	"composition\0"
	"entry[0].resource:Resource\0"
	"Composition\0"
	"message\0"
	"MessageHeader\0"
	"timestamp\0"
	"timestamp:instant\0"
	"CapabilityStatement\0"
	"fhirversion\0"
	"format\0"
	"format:code\0"
	"guide\0"
	"implementationGuide:canonical\0"
	"ImplementationGuide\0"
	"mode\0"
	"rest.mode:code\0"
	"resource\0"
	"rest.resource.type:code\0"
	"resource-profile\0"
	"rest.resource.profile:canonical\0"
	"StructureDefinition\0"
	"security-service\0"
	"rest.security.service:CodeableConcept\0"
	"software\0"
	"software.name:string\0"
	"supported-profile\0"
	"rest.resource.supportedProfile:canonical\0"
	"CarePlan\0"
	"activity-code\0"
	"activity.detail.code:CodeableConcept\0"
	"activity-date\0"
	"activity.detail.scheduledTiming:Timing|activity.detail.scheduledPeriod:Period\0"
	"activity-reference\0"
	"activity.reference:Reference\0"
	"Appointment,MedicationRequest,Task,NutritionOrder,RequestGroup,VisionPrescription,DeviceRequest,Serv"
	"iceRequest,CommunicationRequest\0"
	"care-team\0"
	"careTeam:Reference\0"
	"CareTeam\0"
	"condition\0"
	"addresses:Reference\0"
	"period:Period\0"
	"encounter\0"
	"encounter:Reference\0"
	"Encounter\0"
	"goal\0"
	"goal:Reference\0"
	"Goal\0"
	"instantiates-canonical\0"
	"instantiatesCanonical:canonical\0"
	"Questionnaire,Measure,PlanDefinition,OperationDefinition,ActivityDefinition\0"
	"instantiates-uri\0"
	"instantiatesUri:uri\0"
	"intent\0"
	"intent:code\0"
	"part-of\0"
	"partOf:Reference\0"
	"performer\0"
	"activity.detail.performer:Reference\0"
	"Practitioner,Organization,CareTeam,Device,Patient,HealthcareService,PractitionerRole,RelatedPerson\0"
	"replaces\0"
	"replaces:Reference\0"
	"Group,Patient\0"
	"participant\0"
	"participant.member:Reference\0"
	"Practitioner,Organization,CareTeam,Patient,PractitionerRole,RelatedPerson\0"
	"ChargeItem\0"
	"account\0"
	"account:Reference\0"
	"context:Reference\0"
	"EpisodeOfCare,Encounter\0"
	"entered-date\0"
	"enteredDate:dateTime\0"
	"enterer\0"
	"enterer:Reference\0"
	"factor-override\0"
	"factorOverride:decimal\0"
	"occurrence\0"
	"occurrenceDateTime:dateTime|occurrencePeriod:Period|occurrenceTiming:Timing\0"
	"performer-actor\0"
	"performer.actor:Reference\0"
	"Practitioner,Organization,CareTeam,Device,Patient,PractitionerRole,RelatedPerson\0"
	"performer-function\0"
	"performer.function:CodeableConcept\0"
	"performing-organization\0"
	"performingOrganization:Reference\0"
	"price-override\0"
	"priceOverride:Money\0"
	"quantity\0"
	"quantity:Quantity\0"
	"requesting-organization\0"
	"requestingOrganization:Reference\0"
	"service\0"
	"service:Reference\0"
	"Immunization,MedicationDispense,SupplyDelivery,Observation,DiagnosticReport,ImagingStudy,MedicationA"
	"dministration,Procedure\0"
	"ChargeItemDefinition\0"
	"Claim\0"
	"careTeam.provider:Reference\0"
	"Practitioner,Organization,PractitionerRole\0"
	"created:dateTime\0"
	"detail-udi\0"
	"item.detail.udi:Reference\0"
	"Device\0"
	"item.encounter:Reference\0"
	"Practitioner,PractitionerRole\0"
	"facility\0"
	"facility:Reference\0"
	"insurer\0"
	"insurer:Reference\0"
	"item-udi\0"
	"item.udi:Reference\0"
	"payee\0"
	"payee.party:Reference\0"
	"priority\0"
	"priority:CodeableConcept\0"
	"procedure-udi\0"
	"procedure.udi:Reference\0"
	"provider\0"
	"provider:Reference\0"
	"subdetail-udi\0"
	"item.detail.subDetail.udi:Reference\0"
	"use\0"
	"use:code\0"
	"ClaimResponse\0"
	"disposition\0"
	"disposition:string\0"
	"payment-date\0"
	"payment.date:date\0"
	"request\0"
	"request:Reference\0"
	"requestor\0"
	"requestor:Reference\0"
	"ClinicalImpression\0"
	"assessor\0"
	"assessor:Reference\0"
	"finding-code\0"
	"finding.itemCodeableConcept:CodeableConcept\0"
	"finding-ref\0"
	"finding.itemReference:Reference\0"
	"Condition,Observation,Media\0"
	"investigation\0"
	"investigation.item:Reference\0"
	"RiskAssessment,FamilyMemberHistory,Observation,Media,DiagnosticReport,ImagingStudy,QuestionnaireResp"
	"onse\0"
	"previous\0"
	"previous:Reference\0"
	"problem\0"
	"problem:Reference\0"
	"Condition,AllergyIntolerance\0"
	"supportingInfo:Reference\0"
	"CodeSystem\0"
	"concept.code:code\0"
	"content-mode\0"
	"content:code\0"
	"language\0"
	"concept.designation.language:code\0"
	"supplements\0"
	"supplements:canonical\0"
	"system\0"
	"Communication\0"
	"medium\0"
	"medium:CodeableConcept\0"
	"received\0"
	"received:dateTime\0"
	"recipient\0"
	"recipient:Reference\0"
	"Practitioner,Group,Organization,CareTeam,Device,Patient,HealthcareService,PractitionerRole,RelatedPe"
	"rson\0"
	"sender\0"
	"sender:Reference\0"
	"Practitioner,Organization,Device,Patient,HealthcareService,PractitionerRole,RelatedPerson\0"
	"sent\0"
	"sent:dateTime\0"
	"CommunicationRequest\0"
	"authored\0"
	"authoredOn:dateTime\0"
	"group-identifier\0"
	"groupIdentifier:Identifier\0"
	"occurrenceDateTime:dateTime\0"
	"priority:code\0"
	"requester\0"
	"requester:Reference\0"
	"CompartmentDefinition\0"
	"code:code\0"
	"resource.code:code\0"
	"attester\0"
	"attester.party:Reference\0"
	"confidentiality\0"
	"confidentiality:code\0"
	"event.code:CodeableConcept\0"
	"Encounter,EpisodeOfCare\0"
	"entry\0"
	"section.entry:Reference\0"
	"event.period:Period\0"
	"related-id\0"
	"relatesTo.targetIdentifier:Identifier\0"
	"related-ref\0"
	"relatesTo.targetReference:Reference\0"
	"section\0"
	"section.code:CodeableConcept\0"
	"ConceptMap\0"
	"dependson\0"
	"group.element.target.dependsOn.property:uri\0"
	"other\0"
	"group.unmapped.url:canonical\0"
	"product\0"
	"group.element.target.product.property:uri\0"
	"sourceCanonical:canonical\0"
	"ValueSet\0"
	"source-code\0"
	"group.element.code:code\0"
	"source-system\0"
	"group.source:uri\0"
	"source-uri\0"
	"sourceUri:uri\0"
	"target\0"
	"targetCanonical:canonical\0"
	"target-code\0"
	"group.element.target.code:code\0"
	"target-system\0"
	"group.target:uri\0"
	"target-uri\0"
	"targetUri:uri\0"
	"abatement-age\0"
	"abatementAge:Age|abatementRange:Range\0"
	"abatement-date\0"
	"abatementDateTime:dateTime|abatementPeriod:Period\0"
	"abatement-string\0"
	"abatementString:string\0"
	"body-site\0"
	"bodySite:CodeableConcept\0"
	"evidence\0"
	"evidence.code:CodeableConcept\0"
	"evidence-detail\0"
	"evidence.detail:Reference\0"
	"onset-age\0"
	"onsetAge:Age|onsetRange:Range\0"
	"onset-date\0"
	"onsetDateTime:dateTime|onsetPeriod:Period\0"
	"onset-info\0"
	"onsetString:string\0"
	"recorded-date\0"
	"stage\0"
	"stage.summary:CodeableConcept\0"
	"Consent\0"
	"provision.action:CodeableConcept\0"
	"provision.actor.reference:Reference\0"
	"Practitioner,Group,Organization,CareTeam,Device,Patient,PractitionerRole,RelatedPerson\0"
	"consentor\0"
	"performer:Reference\0"
	"data\0"
	"provision.data.reference:Reference\0"
	"dateTime:dateTime\0"
	"organization\0"
	"organization:Reference\0"
	"provision.period:Period\0"
	"purpose\0"
	"provision.purpose:Coding\0"
	"scope\0"
	"scope:CodeableConcept\0"
	"security-label\0"
	"provision.securityLabel:Coding\0"
	"source-reference\0"
	"sourceReference:Reference\0"
	"Consent,Contract,QuestionnaireResponse,DocumentReference\0"
	"Contract\0"
	"authority\0"
	"authority:Reference\0"
	"domain\0"
	"domain:Reference\0"
	"instantiates\0"
	"issued\0"
	"issued:dateTime\0"
	"signer\0"
	"signer.party:Reference\0"
	"Coverage\0"
	"beneficiary\0"
	"beneficiary:Reference\0"
	"class-type\0"
	"class.type:CodeableConcept\0"
	"class-value\0"
	"class.value:string\0"
	"dependent\0"
	"dependent:string\0"
	"payor\0"
	"payor:Reference\0"
	"Organization,Patient,RelatedPerson\0"
	"policy-holder\0"
	"policyHolder:Reference\0"
	"subscriber\0"
	"subscriber:Reference\0"
	"Patient,RelatedPerson\0"
	"CoverageEligibilityRequest\0"
	"CoverageEligibilityResponse\0"
	"DetectedIssue\0"
	"Practitioner,Device,PractitionerRole\0"
	"identified\0"
	"identifiedDateTime:dateTime|identifiedPeriod:Period\0"
	"implicated\0"
	"implicated:Reference\0"
	"device-name\0"
	"deviceName.name:string|type.coding.display:string|type.text:string\0"
	"manufacturer\0"
	"manufacturer:string\0"
	"model\0"
	"modelNumber:string\0"
	"udi-carrier\0"
	"udiCarrier.carrierHRF:string\0"
	"udi-di\0"
	"udiCarrier.deviceIdentifier:string\0"
	"DeviceDefinition\0"
	"parent\0"
	"parentDevice:Reference\0"
	"DeviceMetric\0"
	"parent:Reference\0"
	"source:Reference\0"
	"DeviceRequest\0"
	"authored-on\0"
	"codeCodeableConcept:CodeableConcept\0"
	"device\0"
	"codeReference:Reference\0"
	"event-date\0"
	"occurrenceDateTime:dateTime|occurrencePeriod:Period\0"
	"PlanDefinition,ActivityDefinition\0"
	"insurance\0"
	"insurance:Reference\0"
	"ClaimResponse,Coverage\0"
	"prior-request\0"
	"priorRequest:Reference\0"
	"Practitioner,Organization,Device,PractitionerRole\0"
	"Group,Device,Patient,Location\0"
	"DeviceUseStatement\0"
	"device:Reference\0"
	"DiagnosticReport\0"
	"CarePlan,MedicationRequest,NutritionOrder,ServiceRequest,ImmunizationRecommendation\0"
	"conclusion\0"
	"conclusionCode:CodeableConcept\0"
	"effectiveDateTime:dateTime|effectivePeriod:Period\0"
	"issued:instant\0"
	"media\0"
	"media.link:Reference\0"
	"Media\0"
	"Practitioner,Organization,CareTeam,PractitionerRole\0"
	"result\0"
	"result:Reference\0"
	"Observation\0"
	"results-interpreter\0"
	"resultsInterpreter:Reference\0"
	"specimen\0"
	"specimen:Reference\0"
	"Specimen\0"
	"DocumentManifest\0"
	"description:string\0"
	"masterIdentifier:Identifier|identifier:Identifier\0"
	"item\0"
	"content:Reference\0"
	"related.identifier:Identifier\0"
	"related.ref:Reference\0"
	"source:uri\0"
	"Practitioner,Group,Device,Patient\0"
	"DocumentReference\0"
	"authenticator\0"
	"authenticator:Reference\0"
	"contenttype\0"
	"content.attachment.contentType:code\0"
	"custodian\0"
	"custodian:Reference\0"
	"date:instant\0"
	"context.encounter:Reference\0"
	"context.event:CodeableConcept\0"
	"context.facilityType:CodeableConcept\0"
	"content.format:Coding\0"
	"content.attachment.language:code\0"
	"content.attachment.url:url\0"
	"context.period:Period\0"
	"related\0"
	"context.related:Reference\0"
	"relatesto\0"
	"relatesTo.target:Reference\0"
	"relation\0"
	"relatesTo.code:code\0"
	"relationship\0"
	"relatesTo:DocumentReference.relatesTo\0"
	"relatesto=reference=target:Reference;relation=token=code:code\0"
	"securityLabel:CodeableConcept\0"
	"setting\0"
	"context.practiceSetting:CodeableConcept\0"
	"EffectEvidenceSynthesis\0"
	"class\0"
	"class:Coding\0"
	"diagnosis\0"
	"diagnosis.condition:Reference\0"
	"Condition,Procedure\0"
	"episode-of-care\0"
	"episodeOfCare:Reference\0"
	"EpisodeOfCare\0"
	"length\0"
	"length:Duration\0"
	"location.location:Reference\0"
	"location-period\0"
	"location.period:Period\0"
	"participant.individual:Reference\0"
	"Practitioner,PractitionerRole,RelatedPerson\0"
	"participant-type\0"
	"participant.type:CodeableConcept\0"
	"participant.individual[>Practitioner]:Reference\0"
	"service-provider\0"
	"serviceProvider:Reference\0"
	"special-arrangement\0"
	"hospitalization.specialArrangement:CodeableConcept\0"
	"Endpoint\0"
	"connection-type\0"
	"connectionType:Coding\0"
	"managingOrganization:Reference\0"
	"payload-type\0"
	"payloadType:CodeableConcept\0"
	"EnrollmentRequest\0"
	"candidate:Reference\0"
	"EnrollmentResponse\0"
	"care-manager\0"
	"careManager[>Practitioner]:Reference\0"
	"incoming-referral\0"
	"referralRequest:Reference\0"
	"EventDefinition\0"
	"relatedArtifact[type=depends-on].resource:canonical\0"
	"Evidence\0"
	"EvidenceVariable\0"
	"ExampleScenario\0"
	"ExplanationOfBenefit\0"
	"claim\0"
	"claim:Reference\0"
	"coverage\0"
	"insurance.coverage:Reference\0"
	"FamilyMemberHistory\0"
	"condition.code:CodeableConcept\0"
	"relationship:CodeableConcept\0"
	"sex\0"
	"sex:CodeableConcept\0"
	"Flag\0"
	"Practitioner,Organization,Device,Patient,PractitionerRole\0"
	"Practitioner,Group,Organization,Medication,Patient,PlanDefinition,Procedure,Location\0"
	"achievement-status\0"
	"achievementStatus:CodeableConcept\0"
	"lifecycle-status\0"
	"lifecycleStatus:code\0"
	"start-date\0"
	"startDate:date\0"
	"Group,Organization,Patient\0"
	"target-date\0"
	"target.dueDate:date\0"
	"GraphDefinition\0"
	"start\0"
	"start:code\0"
	"Group\0"
	"actual\0"
	"actual:boolean\0"
	"characteristic\0"
	"characteristic.code:CodeableConcept\0"
	"characteristic-value\0"
	"characteristic:Group.characteristic\0"
	"characteristic=token=code:CodeableConcept;value=token=valueCodeableConcept:CodeableConcept|valueBool"
	"ean:boolean\0"
	"exclude\0"
	"characteristic.exclude:boolean\0"
	"managing-entity\0"
	"managingEntity:Reference\0"
	"Practitioner,Organization,PractitionerRole,RelatedPerson\0"
	"member\0"
	"member.entity:Reference\0"
	"Practitioner,Group,Device,Medication,Patient,Substance,PractitionerRole\0"
	"value\0"
	"characteristic.valueCodeableConcept:CodeableConcept|characteristic.valueBoolean:boolean\0"
	"GuidanceResponse\0"
	"requestIdentifier:Identifier\0"
	"HealthcareService\0"
	"active\0"
	"active:boolean\0"
	"characteristic:CodeableConcept\0"
	"coverage-area\0"
	"coverageArea:Reference\0"
	"endpoint\0"
	"endpoint:Reference\0"
	"providedBy:Reference\0"
	"program\0"
	"program:CodeableConcept\0"
	"ImagingStudy\0"
	"basedon\0"
	"Appointment,AppointmentResponse,CarePlan,Task,ServiceRequest\0"
	"bodysite\0"
	"series.bodySite:Coding\0"
	"dicom-class\0"
	"series.instance.sopClass:Coding\0"
	"endpoint:Reference|series.endpoint:Reference\0"
	"instance\0"
	"series.instance.uid:id\0"
	"interpreter\0"
	"interpreter:Reference\0"
	"modality\0"
	"series.modality:Coding\0"
	"series.performer.actor:Reference\0"
	"reason\0"
	"referrer\0"
	"referrer:Reference\0"
	"series\0"
	"series.uid:id\0"
	"started\0"
	"started:dateTime\0"
	"Group,Device,Patient\0"
	"Immunization\0"
	"lot-number\0"
	"lotNumber:string\0"
	"manufacturer:Reference\0"
	"reaction\0"
	"reaction.detail:Reference\0"
	"reaction-date\0"
	"reaction.date:dateTime\0"
	"Condition,Observation,DiagnosticReport\0"
	"protocolApplied.series:string\0"
	"status-reason\0"
	"statusReason:CodeableConcept\0"
	"target-disease\0"
	"protocolApplied.targetDisease:CodeableConcept\0"
	"vaccine-code\0"
	"vaccineCode:CodeableConcept\0"
	"ImmunizationEvaluation\0"
	"dose-status\0"
	"doseStatus:CodeableConcept\0"
	"immunization-event\0"
	"immunizationEvent:Reference\0"
	"targetDisease:CodeableConcept\0"
	"ImmunizationRecommendation\0"
	"information\0"
	"recommendation.supportingPatientInformation:Reference\0"
	"recommendation.forecastStatus:CodeableConcept\0"
	"support\0"
	"recommendation.supportingImmunization:Reference\0"
	"Immunization,ImmunizationEvaluation\0"
	"recommendation.targetDisease:CodeableConcept\0"
	"vaccine-type\0"
	"recommendation.vaccineCode:CodeableConcept\0"
	"dependsOn.uri:canonical\0"
	"experimental\0"
	"experimental:boolean\0"
	"global\0"
	"global.profile:canonical\0"
	"definition.resource.reference:Reference\0"
	"InsurancePlan\0"
	"contact.address:Address\0"
	"address-city\0"
	"contact.address.city:string\0"
	"address-country\0"
	"contact.address.country:string\0"
	"address-postalcode\0"
	"contact.address.postalCode:string\0"
	"address-state\0"
	"contact.address.state:string\0"
	"address-use\0"
	"contact.address.use:code\0"
	"administered-by\0"
	"administeredBy:Reference\0"
	"name:string|alias:string\0"
	"owned-by\0"
	"ownedBy:Reference\0"
	"phonetic\0"
	"Invoice\0"
	"issuer\0"
	"issuer:Reference\0"
	"participant-role\0"
	"participant.role:CodeableConcept\0"
	"totalgross\0"
	"totalGross:Money\0"
	"totalnet\0"
	"totalNet:Money\0"
	"Library\0"
	"content-type\0"
	"content.contentType:code\0"
	"Linkage\0"
	"item.resource:Reference\0"
	"List\0"
	"empty-reason\0"
	"emptyReason:CodeableConcept\0"
	"entry.item:Reference\0"
	"notes\0"
	"note.text:markdown\0"
	"Practitioner,Device,Patient,PractitionerRole\0"
	"address:Address\0"
	"address.city:string\0"
	"address.country:string\0"
	"address.postalCode:string\0"
	"address.state:string\0"
	"address.use:code\0"
	"near\0"
	"position:Location.position\0"
	"operational-status\0"
	"operationalStatus:Coding\0"
	"partof\0"
	"Measure\0"
	"MeasureReport\0"
	"evaluated-resource\0"
	"evaluatedResource:Reference\0"
	"measure\0"
	"measure:canonical\0"
	"reporter\0"
	"reporter:Reference\0"
	"Practitioner,Organization,PractitionerRole,Location\0"
	"Practitioner,Group,Device,Patient,PractitionerRole,RelatedPerson,Location\0"
	"CarePlan,ServiceRequest\0"
	"createdDateTime:dateTime|createdPeriod:Period\0"
	"Device,DeviceMetric\0"
	"modality:CodeableConcept\0"
	"operator\0"
	"operator:Reference\0"
	"Practitioner,Group,Specimen,Device,Patient,PractitionerRole,Location\0"
	"view\0"
	"view:CodeableConcept\0"
	"Medication\0"
	"expiration-date\0"
	"batch.expirationDate:dateTime\0"
	"form\0"
	"form:CodeableConcept\0"
	"ingredient\0"
	"ingredient.itemReference:Reference\0"
	"Medication,Substance\0"
	"ingredient-code\0"
	"ingredient.itemCodeableConcept:CodeableConcept\0"
	"batch.lotNumber:string\0"
	"MedicationAdministration\0"
	"medicationCodeableConcept:CodeableConcept\0"
	"effective-time\0"
	"medication\0"
	"medicationReference:Reference\0"
	"Practitioner,Device,Patient,PractitionerRole,RelatedPerson\0"
	"reason-given\0"
	"reason-not-given\0"
	"MedicationRequest\0"
	"MedicationDispense\0"
	"destination\0"
	"destination:Reference\0"
	"prescription\0"
	"authorizingPrescription:Reference\0"
	"receiver\0"
	"receiver:Reference\0"
	"Practitioner,Patient\0"
	"responsibleparty\0"
	"substitution.responsibleParty:Reference\0"
	"whenhandedover\0"
	"whenHandedOver:dateTime\0"
	"whenprepared\0"
	"whenPrepared:dateTime\0"
	"MedicationKnowledge\0"
	"classification\0"
	"medicineClassification.classification:CodeableConcept\0"
	"classification-type\0"
	"medicineClassification.type:CodeableConcept\0"
	"doseform\0"
	"doseForm:CodeableConcept\0"
	"Substance\0"
	"monitoring-program-name\0"
	"monitoringProgram.name:string\0"
	"monitoring-program-type\0"
	"monitoringProgram.type:CodeableConcept\0"
	"monograph\0"
	"monograph.source:Reference\0"
	"Media,DocumentReference\0"
	"monograph-type\0"
	"monograph.type:CodeableConcept\0"
	"source-cost\0"
	"cost.source:string\0"
	"authoredon\0"
	"dosageInstruction.timing.event:dateTime\0"
	"intended-dispenser\0"
	"dispenseRequest.performer:Reference\0"
	"intended-performer\0"
	"intended-performertype\0"
	"performerType:CodeableConcept\0"
	"MedicationStatement\0"
	"MedicationDispense,Observation,MedicationAdministration,Procedure,MedicationStatement\0"
	"informationSource:Reference\0"
	"MedicinalProduct\0"
	"name.productName:string\0"
	"name-language\0"
	"name.countryLanguage.language:CodeableConcept\0"
	"MedicinalProductAuthorization\0"
	"country\0"
	"country:CodeableConcept\0"
	"holder\0"
	"holder:Reference\0"
	"status:CodeableConcept\0"
	"MedicinalProductPackaged,MedicinalProduct\0"
	"MedicinalProductContraindication\0"
	"Medication,MedicinalProduct\0"
	"MedicinalProductIndication\0"
	"MedicinalProductInteraction\0"
	"Medication,Substance,MedicinalProduct\0"
	"MedicinalProductPackaged\0"
	"MedicinalProductPharmaceutical\0"
	"routeOfAdministration.code:CodeableConcept\0"
	"target-species\0"
	"routeOfAdministration.targetSpecies.code:CodeableConcept\0"
	"MedicinalProductUndesirableEffect\0"
	"MessageDefinition\0"
	"eventCoding:Coding|eventUri:uri\0"
	"focus\0"
	"focus.code:code\0"
	"parent:canonical\0"
	"response.code:code\0"
	"destination.name:string\0"
	"destination-uri\0"
	"destination.endpoint:url\0"
	"focus:Reference\0"
	"destination.receiver:Reference\0"
	"response-id\0"
	"response.identifier:id\0"
	"responsible\0"
	"responsible:Reference\0"
	"source.name:string\0"
	"source.endpoint:url\0"
	"destination.target:Reference\0"
	"MolecularSequence\0"
	"chromosome\0"
	"referenceSeq.chromosome:CodeableConcept\0"
	"chromosome-variant-coordinate\0"
	"variant:MolecularSequence.variant\0"
	"chromosome=token=/referenceSeq.chromosome:CodeableConcept;variant-start=number=start:integer;variant"
	"-end=number=end:integer\0"
	"chromosome-window-coordinate\0"
	"referenceSeq:MolecularSequence.referenceSeq\0"
	"chromosome=token=chromosome:CodeableConcept;window-start=number=windowStart:integer;window-end=numbe"
	"r=windowEnd:integer\0"
	"referenceseqid\0"
	"referenceSeq.referenceSeqId:CodeableConcept\0"
	"referenceseqid-variant-coordinate\0"
	"referenceseqid=token=/referenceSeq.referenceSeqId:CodeableConcept;variant-start=number=start:integer"
	";variant-end=number=end:integer\0"
	"referenceseqid-window-coordinate\0"
	"referenceseqid=token=referenceSeqId:CodeableConcept;window-start=number=windowStart:integer;window-e"
	"nd=number=windowEnd:integer\0"
	"variant-end\0"
	"variant.end:integer\0"
	"variant-start\0"
	"variant.start:integer\0"
	"window-end\0"
	"referenceSeq.windowEnd:integer\0"
	"window-start\0"
	"referenceSeq.windowStart:integer\0"
	"NamingSystem\0"
	"contact\0"
	"contact.name:string\0"
	"id-type\0"
	"uniqueId.type:code\0"
	"kind\0"
	"kind:code\0"
	"uniqueId.period:Period\0"
	"responsible:string\0"
	"telecom\0"
	"contact.telecom:ContactPoint\0"
	"uniqueId.value:string\0"
	"NutritionOrder\0"
	"additive\0"
	"enteralFormula.additiveType:CodeableConcept\0"
	"datetime\0"
	"formula\0"
	"enteralFormula.baseFormulaType:CodeableConcept\0"
	"oraldiet\0"
	"oralDiet.type:CodeableConcept\0"
	"orderer:Reference\0"
	"supplement\0"
	"supplement.type:CodeableConcept\0"
	"CarePlan,MedicationRequest,NutritionOrder,DeviceRequest,ServiceRequest,ImmunizationRecommendation\0"
	"code-value-concept\0"
	":Observation\0"
	"code=token=code:CodeableConcept;value-concept=token=valueCodeableConcept:CodeableConcept\0"
	"code-value-date\0"
	"code=token=code:CodeableConcept;value-date=date=valueDateTime:dateTime|valuePeriod:Period\0"
	"code-value-quantity\0"
	"code=token=code:CodeableConcept;value-quantity=quantity=valueQuantity:Quantity\0"
	"code-value-string\0"
	"code=token=code:CodeableConcept;value-string=string=valueString:string\0"
	"combo-code\0"
	"code:CodeableConcept|component.code:CodeableConcept\0"
	"combo-code-value-concept\0"
	":Observation|component:Observation.component\0"
	"combo-code=token=code:CodeableConcept;combo-value-concept=token=valueCodeableConcept:CodeableConcept\0"
	"combo-code-value-quantity\0"
	"combo-code=token=code:CodeableConcept;combo-value-quantity=quantity=valueQuantity:Quantity\0"
	"combo-data-absent-reason\0"
	"dataAbsentReason:CodeableConcept|component.dataAbsentReason:CodeableConcept\0"
	"combo-value-concept\0"
	"valueCodeableConcept:CodeableConcept|component.valueCodeableConcept:CodeableConcept\0"
	"combo-value-quantity\0"
	"valueQuantity:Quantity|valueSampledData:SampledData|component.valueQuantity:Quantity|component.value"
	"SampledData:SampledData\0"
	"component-code\0"
	"component.code:CodeableConcept\0"
	"component-code-value-concept\0"
	"component:Observation.component\0"
	"component-code=token=code:CodeableConcept;component-value-concept=token=valueCodeableConcept:Codeabl"
	"eConcept\0"
	"component-code-value-quantity\0"
	"component-code=token=code:CodeableConcept;component-value-quantity=quantity=valueQuantity:Quantity\0"
	"component-data-absent-reason\0"
	"component.dataAbsentReason:CodeableConcept\0"
	"component-value-concept\0"
	"component.valueCodeableConcept:CodeableConcept\0"
	"component-value-quantity\0"
	"component.valueQuantity:Quantity|component.valueSampledData:SampledData\0"
	"data-absent-reason\0"
	"dataAbsentReason:CodeableConcept\0"
	"effectiveDateTime:dateTime|effectivePeriod:Period|effectiveTiming:Timing|effectiveInstant:instant\0"
	"derivedFrom:Reference\0"
	"Media,Observation,ImagingStudy,MolecularSequence,QuestionnaireResponse,DocumentReference\0"
	"has-member\0"
	"hasMember:Reference\0"
	"Observation,MolecularSequence,QuestionnaireResponse\0"
	"method\0"
	"method:CodeableConcept\0"
	"Immunization,MedicationDispense,MedicationAdministration,Procedure,ImagingStudy,MedicationStatement\0"
	"value-concept\0"
	"valueCodeableConcept:CodeableConcept\0"
	"value-date\0"
	"valueDateTime:dateTime|valuePeriod:Period\0"
	"value-quantity\0"
	"valueQuantity:Quantity|valueSampledData:SampledData\0"
	"value-string\0"
	"valueString:string|valueCodeableConcept.text:string\0"
	"OperationDefinition\0"
	"base\0"
	"base:canonical\0"
	"input-profile\0"
	"inputProfile:canonical\0"
	"instance:boolean\0"
	"output-profile\0"
	"outputProfile:canonical\0"
	"system:boolean\0"
	"type:boolean\0"
	"OrganizationAffiliation\0"
	"email\0"
	"telecom[system=email]:ContactPoint\0"
	"network\0"
	"network:Reference\0"
	"participating-organization\0"
	"participatingOrganization:Reference\0"
	"phone\0"
	"telecom[system=phone]:ContactPoint\0"
	"primary-organization\0"
	"role\0"
	"healthcareService:Reference\0"
	"telecom:ContactPoint\0"
	"birthdate\0"
	"birthDate:date\0"
	"death-date\0"
	"deceasedDateTime:dateTime\0"
	"deceased\0"
	"deceased:boolean\0"
	"family\0"
	"name.family:string\0"
	"gender\0"
	"gender:code\0"
	"general-practitioner\0"
	"generalPractitioner:Reference\0"
	"given\0"
	"name.given:string\0"
	"communication.language:CodeableConcept\0"
	"link\0"
	"link.other:Reference\0"
	"name:HumanName\0"
	"PaymentNotice\0"
	"payment-status\0"
	"paymentStatus:CodeableConcept\0"
	"response\0"
	"response:Reference\0"
	"PaymentReconciliation\0"
	"payment-issuer\0"
	"paymentIssuer:Reference\0"
	"Task\0"
	"Person\0"
	"link.target:Reference\0"
	"Practitioner,Patient,Person,RelatedPerson\0"
	"link.target[>Patient]:Reference\0"
	"link.target[>Practitioner]:Reference\0"
	"relatedperson\0"
	"link.target[>RelatedPerson]:Reference\0"
	"RelatedPerson\0"
	"PlanDefinition\0"
	"definition\0"
	"action.definitionCanonical:canonical|action.definitionUri:uri\0"
	"Questionnaire,PlanDefinition,ActivityDefinition\0"
	"communication\0"
	"communication:CodeableConcept\0"
	"PractitionerRole\0"
	"practitioner:Reference\0"
	"Procedure\0"
	"performedDateTime:dateTime|performedPeriod:Period\0"
	"Observation,Procedure,MedicationAdministration\0"
	"Condition,Observation,Procedure,DiagnosticReport,DocumentReference\0"
	"Provenance\0"
	"agent-type\0"
	"agent.type:CodeableConcept\0"
	"target[>Patient]:Reference\0"
	"recorded\0"
	"signature-type\0"
	"signature.type:Coding\0"
	"target:Reference\0"
	"when\0"
	"occurredDateTime:dateTime\0"
	"Questionnaire\0"
	"item.code:Coding\0"
	"item.definition:uri\0"
	"subject-type\0"
	"subjectType:code\0"
	"QuestionnaireResponse\0"
	"authored:dateTime\0"
	"Observation,Procedure\0"
	"questionnaire\0"
	"questionnaire:canonical\0"
	"RequestGroup\0"
	"action.participant:Reference\0"
	"ResearchDefinition\0"
	"ResearchElementDefinition\0"
	"focus:CodeableConcept\0"
	"keyword\0"
	"keyword:CodeableConcept\0"
	"principalinvestigator\0"
	"principalInvestigator:Reference\0"
	"protocol\0"
	"protocol:Reference\0"
	"site:Reference\0"
	"sponsor\0"
	"sponsor:Reference\0"
	"ResearchSubject\0"
	"individual\0"
	"individual:Reference\0"
	"Resource\0"
	"_id\0"
	"id:id\0"
	"_lastUpdated\0"
	"meta.lastUpdated:instant\0"
	"_profile\0"
	"meta.profile:canonical\0"
	"_security\0"
	"meta.security:Coding\0"
	"_source\0"
	"meta.source:uri\0"
	"_tag\0"
	"meta.tag:Coding\0"
	"RiskAssessment\0"
	"condition:Reference\0"
	"probability\0"
	"prediction.probabilityDecimal:decimal|prediction.probabilityRange:Range\0"
	"risk\0"
	"prediction.qualitativeRisk:CodeableConcept\0"
	"RiskEvidenceSynthesis\0"
	"Schedule\0"
	"planningHorizon:Period\0"
	"SearchParameter\0"
	"base:code\0"
	"component\0"
	"component.definition:canonical\0"
	"derivedFrom:canonical\0"
	"target:code\0"
	"CarePlan,MedicationRequest,ServiceRequest\0"
	"performer-type\0"
	"requisition\0"
	"requisition:Identifier\0"
	"schedule\0"
	"schedule:Reference\0"
	"accession\0"
	"accessionIdentifier:Identifier\0"
	"collection.bodySite:CodeableConcept\0"
	"collected\0"
	"collection.collectedDateTime:dateTime|collection.collectedPeriod:Period\0"
	"collector\0"
	"collection.collector:Reference\0"
	"container\0"
	"container.type:CodeableConcept\0"
	"container-id\0"
	"container.identifier:Identifier\0"
	"Group,Device,Patient,Substance,Location\0"
	"SpecimenDefinition\0"
	"typeTested.container.type:CodeableConcept\0"
	"typeCollected:CodeableConcept\0"
	"abstract\0"
	"abstract:boolean\0"
	"baseDefinition:canonical\0"
	"base-path\0"
	"snapshot.element.base.path:string|differential.element.base.path:string\0"
	"derivation\0"
	"derivation:code\0"
	"ext-context\0"
	"context.type:code\0"
	"keyword:Coding\0"
	"path\0"
	"snapshot.element.path:string|differential.element.path:string\0"
	"type:uri\0"
	"valueset\0"
	"snapshot.element.binding.valueSet:canonical\0"
	"StructureMap\0"
	"Subscription\0"
	"contact:ContactPoint\0"
	"criteria\0"
	"criteria:string\0"
	"payload\0"
	"channel.payload:code\0"
	"channel.type:code\0"
	"channel.endpoint:url\0"
	"code:CodeableConcept|ingredient.substanceCodeableConcept:CodeableConcept\0"
	"container-identifier\0"
	"instance.identifier:Identifier\0"
	"expiry\0"
	"instance.expiry:dateTime\0"
	"instance.quantity:Quantity\0"
	"substance-reference\0"
	"ingredient.substanceReference:Reference\0"
	"SubstanceSpecification\0"
	"code.code:CodeableConcept\0"
	"SupplyDelivery\0"
	"supplier\0"
	"supplier:Reference\0"
	"SupplyRequest\0"
	"deliverTo:Reference\0"
	"Organization,Patient,Location\0"
	"Organization,HealthcareService\0"
	"business-status\0"
	"businessStatus:CodeableConcept\0"
	"modified\0"
	"lastModified:dateTime\0"
	"for[>Patient]:Reference\0"
	"executionPeriod:Period\0"
	"for:Reference\0"
	"TerminologyCapabilities\0"
	"TestReport\0"
	"participant.uri:uri\0"
	"result:code\0"
	"tester\0"
	"tester:string\0"
	"testscript\0"
	"testScript:Reference\0"
	"TestScript\0"
	"testscript-capability\0"
	"metadata.capability.description:string\0"
	"expansion.contains.code:code|compose.include.concept.code:code\0"
	"expansion\0"
	"expansion.identifier:uri\0"
	"reference\0"
	"compose.include.system:uri\0"
	"VerificationResult\0"
	"VisionPrescription\0"
	"datewritten\0"
	"dateWritten:dateTime\0"
	"prescriber\0"
	"prescriber:Reference\0"
;

/* Offsets of base, code, paths, targets, components; the kind. In the order of base and code. */
static const ParameterRow parameter_rows[] = {
	{1, 9, 20, 0, 0, 0},
	{1, 42, 47, 0, 0, 2},
	{1, 59, 65, 81, 0, 1},
	{1, 94, 102, 130, 0, 1},
	{1, 138, 145, 0, 0, 3},
	{1, 166, 173, 0, 0, 0},
	{1, 185, 193, 211, 0, 1},
	{1, 296, 301, 0, 0, 0},
	{322, 341, 353, 406, 0, 1},
	{322, 408, 416, 0, 0, 0},
	{322, 464, 481, 0, 0, 6},
	{322, 543, 556, 0, 0, 0},
	{322, 579, 601, 0, 625, 4},
	{322, 722, 601, 0, 741, 4},
	{322, 823, 828, 0, 0, 3},
	{322, 842, 853, 406, 0, 1},
	{322, 923, 936, 406, 0, 1},
	{322, 990, 1002, 0, 0, 2},
	{322, 1023, 1033, 0, 0, 3},
	{322, 9, 20, 0, 0, 0},
	{322, 1056, 1069, 0, 0, 0},
	{322, 42, 47, 0, 0, 2},
	{322, 1098, 1110, 406, 0, 1},
	{322, 1163, 1173, 0, 0, 2},
	{322, 166, 173, 0, 0, 0},
	{322, 1190, 1200, 406, 0, 1},
	{322, 1251, 1257, 0, 0, 2},
	{322, 1270, 1276, 0, 0, 0},
	{322, 1298, 1302, 0, 0, 5},
	{322, 1310, 1318, 0, 0, 0},
	{1333, 1346, 1356, 0, 0, 0},
	{1333, 1371, 1380, 0, 0, 0},
	{1333, 823, 828, 0, 0, 3},
	{1333, 1405, 1411, 0, 0, 0},
	{1333, 1433, 1442, 1461, 0, 1},
	{1333, 1470, 1479, 1498, 0, 1},
	{1333, 1550, 1569, 1598, 0, 1},
	{1333, 1608, 1620, 0, 0, 0},
	{1333, 1648, 1657, 0, 0, 0},
	{1333, 1682, 1688, 1704, 0, 1},
	{1333, 185, 193, 1718, 0, 1},
	{1333, 1759, 1769, 1802, 0, 1},
	{1898, 1917, 1926, 1498, 0, 1},
	{1898, 1371, 1945, 0, 0, 0},
	{1898, 1959, 1975, 0, 0, 0},
	{1898, 2006, 2011, 0, 0, 0},
	{1898, 2067, 2079, 0, 0, 0},
	{1898, 823, 2096, 0, 0, 3},
	{1898, 9, 20, 0, 0, 0},
	{1898, 2118, 2128, 0, 0, 3},
	{1898, 2152, 2166, 0, 0, 0},
	{1898, 2205, 2211, 0, 0, 3},
	{1898, 94, 2235, 2253, 0, 1},
	{1898, 1470, 1479, 1498, 0, 1},
	{1898, 2267, 2273, 0, 0, 0},
	{1898, 1648, 2312, 0, 0, 0},
	{1898, 296, 2335, 0, 0, 0},
	{1898, 2345, 2365, 0, 0, 0},
	{2400, 2412, 2418, 2446, 0, 1},
	{2400, 2532, 2549, 0, 0, 0},
	{2400, 2581, 2590, 2608, 0, 1},
	{2400, 823, 2623, 0, 0, 3},
	{2400, 9, 20, 0, 0, 0},
	{2400, 1433, 2637, 1461, 0, 1},
	{2400, 2676, 2688, 0, 0, 0},
	{2400, 94, 2712, 130, 0, 1},
	{2400, 2750, 2763, 2806, 0, 1},
	{2400, 2819, 2831, 0, 0, 0},
	{2400, 2858, 2875, 2901, 0, 1},
	{2400, 2960, 2977, 0, 0, 0},
	{2400, 3009, 3022, 0, 0, 0},
	{2400, 3050, 3055, 3070, 0, 1},
	{2400, 3075, 3085, 0, 0, 0},
	{2400, 166, 173, 0, 0, 0},
	{2400, 3111, 3127, 406, 0, 1},
	{3159, 2412, 3179, 2446, 0, 1},
	{3159, 3195, 3207, 2400, 0, 1},
	{3159, 9, 20, 0, 0, 0},
	{3159, 1433, 3229, 1461, 0, 1},
	{3159, 2676, 3256, 0, 0, 0},
	{3159, 94, 3279, 130, 0, 1},
	{3159, 2750, 3305, 2806, 0, 1},
	{3336, 3347, 3354, 0, 0, 0},
	{3336, 3366, 3374, 0, 0, 2},
	{3336, 3403, 3409, 3429, 0, 1},
	{3336, 3501, 3512, 0, 0, 2},
	{3336, 3530, 3541, 0, 0, 0},
	{3336, 3568, 3574, 0, 0, 0},
	{3336, 823, 3593, 0, 0, 3},
	{3336, 3610, 3617, 406, 0, 1},
	{3336, 3639, 3651, 0, 0, 2},
	{3336, 3670, 3682, 0, 0, 0},
	{3336, 3701, 3713, 0, 0, 0},
	{3336, 3732, 3740, 0, 0, 0},
	{3336, 94, 3753, 130, 0, 1},
	{3336, 3815, 3822, 0, 0, 5},
	{3336, 3839, 3844, 0, 0, 0},
	{3336, 3863, 3870, 3429, 0, 1},
	{3336, 3896, 3904, 0, 0, 0},
	{3336, 296, 3919, 0, 0, 0},
	{3931, 3937, 3944, 3961, 0, 1},
	{3931, 2006, 4026, 0, 0, 0},
	{3931, 4047, 4055, 0, 0, 3},
	{3931, 9, 20, 0, 0, 0},
	{3931, 94, 102, 130, 0, 1},
	{3931, 185, 193, 406, 0, 1},
	{4068, 9, 20, 0, 0, 0},
	{4068, 1433, 4082, 0, 0, 0},
	{4068, 4107, 4118, 0, 0, 0},
	{4068, 94, 2235, 130, 0, 1},
	{4145, 4152, 4164, 4191, 0, 1},
	{4145, 9, 20, 0, 0, 0},
	{4145, 4203, 4164, 4211, 0, 1},
	{4145, 4225, 4235, 0, 0, 3},
	{4145, 296, 2335, 0, 0, 0},
	{4253, 408, 416, 0, 0, 0},
	{4253, 464, 481, 0, 0, 6},
	{4253, 543, 556, 0, 0, 0},
	{4253, 579, 601, 0, 625, 4},
	{4253, 722, 601, 0, 741, 4},
	{4253, 823, 828, 0, 0, 3},
	{4253, 990, 1002, 0, 0, 2},
	{4253, 4273, 1318, 0, 0, 0},
	{4253, 4285, 4292, 0, 0, 0},
	{4253, 4304, 4310, 4340, 0, 1},
	{4253, 1056, 1069, 0, 0, 0},
	{4253, 4360, 4365, 0, 0, 0},
	{4253, 42, 47, 0, 0, 2},
	{4253, 1163, 1173, 0, 0, 2},
	{4253, 4380, 4389, 0, 0, 0},
	{4253, 4413, 4430, 4462, 0, 1},
	{4253, 4482, 4499, 0, 0, 0},
	{4253, 4537, 4546, 0, 0, 2},
	{4253, 166, 173, 0, 0, 0},
	{4253, 4567, 4585, 4462, 0, 1},
	{4253, 1251, 1257, 0, 0, 2},
	{4253, 1298, 1302, 0, 0, 5},
	{4253, 1310, 1318, 0, 0, 0},
	{4626, 4635, 4649, 0, 0, 0},
	{4626, 4686, 4700, 0, 0, 3},
	{4626, 4778, 4797, 4826, 0, 1},
	{4626, 2581, 2590, 4626, 0, 1},
	{4626, 4958, 4968, 4987, 0, 1},
	{4626, 1371, 1380, 0, 0, 0},
	{4626, 4996, 5006, 1598, 0, 1},
	{4626, 823, 5026, 0, 0, 3},
	{4626, 5040, 5050, 5070, 0, 1},
	{4626, 5080, 5085, 5100, 0, 1},
	{4626, 9, 20, 0, 0, 0},
	{4626, 5105, 5128, 5160, 0, 1},
	{4626, 5236, 5253, 0, 0, 5},
	{4626, 5273, 5280, 0, 0, 0},
	{4626, 5292, 5300, 4626, 0, 1},
	{4626, 94, 102, 2253, 0, 1},
	{4626, 5317, 5327, 5363, 0, 1},
	{4626, 5462, 5471, 4626, 0, 1},
	{4626, 166, 173, 0, 0, 0},
	{4626, 185, 193, 5490, 0, 1},
	{4987, 1371, 1380, 0, 0, 0},
	{4987, 823, 5026, 0, 0, 3},
	{4987, 5040, 5050, 5070, 0, 1},
	{4987, 9, 20, 0, 0, 0},
	{4987, 5504, 5516, 5545, 0, 1},
	{4987, 94, 102, 2253, 0, 1},
	{4987, 166, 173, 0, 0, 0},
	{4987, 185, 193, 5490, 0, 1},
	{5619, 5630, 5638, 1, 0, 1},
	{5619, 2006, 4026, 0, 0, 0},
	{5619, 408, 5656, 5674, 0, 1},
	{5619, 5698, 5711, 0, 0, 3},
	{5619, 5732, 5740, 3429, 0, 1},
	{5619, 5758, 5774, 0, 0, 7},
	{5619, 9, 20, 0, 0, 0},
	{5619, 5797, 5808, 0, 0, 3},
	{5619, 94, 102, 130, 0, 1},
	{5619, 5884, 5900, 5926, 0, 1},
	{5619, 6007, 6026, 0, 0, 0},
	{5619, 6061, 6085, 81, 0, 1},
	{5619, 6118, 6133, 0, 0, 6},
	{5619, 6153, 6162, 0, 0, 6},
	{5619, 6180, 6204, 81, 0, 1},
	{5619, 6237, 6245, 6263, 0, 1},
	{5619, 185, 193, 5490, 0, 1},
	{6387, 408, 416, 0, 0, 0},
	{6387, 464, 481, 0, 0, 6},
	{6387, 543, 556, 0, 0, 0},
	{6387, 579, 601, 0, 625, 4},
	{6387, 722, 601, 0, 741, 4},
	{6387, 823, 828, 0, 0, 3},
	{6387, 990, 1002, 0, 0, 2},
	{6387, 1023, 1033, 0, 0, 3},
	{6387, 9, 20, 0, 0, 0},
	{6387, 1056, 1069, 0, 0, 0},
	{6387, 1163, 1173, 0, 0, 2},
	{6387, 166, 173, 0, 0, 0},
	{6387, 1251, 1257, 0, 0, 2},
	{6387, 1298, 1302, 0, 0, 5},
	{6387, 1310, 1318, 0, 0, 0},
	{6408, 4958, 6414, 6442, 0, 1},
	{6408, 4047, 6485, 0, 0, 3},
	{6408, 6502, 6513, 6539, 0, 1},
	{6408, 5040, 6546, 5070, 0, 1},
	{6408, 5732, 5740, 6571, 0, 1},
	{6408, 6601, 6610, 1461, 0, 1},
	{6408, 9, 20, 0, 0, 0},
	{6408, 6629, 6637, 81, 0, 1},
	{6408, 6655, 6664, 6539, 0, 1},
	{6408, 94, 2235, 130, 0, 1},
	{6408, 6683, 6689, 3961, 0, 1},
	{6408, 6711, 6720, 0, 0, 0},
	{6408, 6745, 6759, 6539, 0, 1},
	{6408, 6783, 6792, 6442, 0, 1},
	{6408, 166, 173, 0, 0, 0},
	{6408, 6811, 6825, 6539, 0, 1},
	{6408, 6861, 6865, 0, 0, 0},
	{6874, 4047, 6485, 0, 0, 3},
	{6874, 6888, 6900, 0, 0, 2},
	{6874, 9, 20, 0, 0, 0},
	{6874, 6629, 6637, 81, 0, 1},
	{6874, 3732, 3740, 0, 0, 0},
	{6874, 94, 2235, 130, 0, 1},
	{6874, 6919, 6932, 0, 0, 3},
	{6874, 6950, 6958, 6408, 0, 1},
	{6874, 6976, 6986, 6442, 0, 1},
	{6874, 166, 173, 0, 0, 0},
	{6874, 6861, 6865, 0, 0, 0},
	{7006, 7025, 7034, 6571, 0, 1},
	{7006, 823, 828, 0, 0, 3},
	{7006, 5040, 5050, 5070, 0, 1},
	{7006, 7053, 7066, 0, 0, 0},
	{7006, 7110, 7122, 7154, 0, 1},
	{7006, 9, 20, 0, 0, 0},
	{7006, 7182, 7196, 7225, 0, 1},
	{7006, 94, 102, 2253, 0, 1},
	{7006, 7330, 7339, 7006, 0, 1},
	{7006, 7358, 7366, 7384, 0, 1},
	{7006, 166, 173, 0, 0, 0},
	{7006, 185, 193, 5490, 0, 1},
	{7006, 3111, 7413, 406, 0, 1},
	{7438, 2006, 7449, 0, 0, 0},
	{7438, 7467, 7480, 0, 0, 0},
	{7438, 408, 416, 0, 0, 0},
	{7438, 464, 481, 0, 0, 6},
	{7438, 543, 556, 0, 0, 0},
	{7438, 579, 601, 0, 625, 4},
	{7438, 722, 601, 0, 741, 4},
	{7438, 823, 828, 0, 0, 3},
	{7438, 990, 1002, 0, 0, 2},
	{7438, 9, 20, 0, 0, 0},
	{7438, 1056, 1069, 0, 0, 0},
	{7438, 7493, 7502, 0, 0, 0},
	{7438, 42, 47, 0, 0, 2},
	{7438, 1163, 1173, 0, 0, 2},
	{7438, 166, 173, 0, 0, 0},
	{7438, 7536, 7548, 7438, 0, 1},
	{7438, 7570, 1302, 0, 0, 5},
	{7438, 1251, 1257, 0, 0, 2},
	{7438, 1298, 1302, 0, 0, 5},
	{7438, 1310, 1318, 0, 0, 0},
	{7577, 2581, 2590, 406, 0, 1},
	{7577, 1371, 1380, 0, 0, 0},
	{7577, 5040, 5050, 5070, 0, 1},
	{7577, 9, 20, 0, 0, 0},
	{7577, 5105, 5128, 5160, 0, 1},
	{7577, 5236, 5253, 0, 0, 5},
	{7577, 7591, 7598, 0, 0, 0},
	{7577, 5292, 5300, 406, 0, 1},
	{7577, 94, 102, 130, 0, 1},
	{7577, 7621, 7630, 0, 0, 3},
	{7577, 7648, 7658, 7678, 0, 1},
	{7577, 7783, 7790, 7807, 0, 1},
	{7577, 7897, 7902, 0, 0, 3},
	{7577, 166, 173, 0, 0, 0},
	{7577, 185, 193, 5490, 0, 1},
	{7916, 7937, 7946, 0, 0, 3},
	{7916, 2581, 2590, 406, 0, 1},
	{7916, 1371, 1380, 0, 0, 0},
	{7916, 5040, 5050, 5070, 0, 1},
	{7916, 7966, 7983, 0, 0, 0},
	{7916, 9, 20, 0, 0, 0},
	{7916, 7591, 7598, 0, 0, 0},
	{7916, 5797, 8010, 0, 0, 3},
	{7916, 94, 102, 130, 0, 1},
	{7916, 6711, 8038, 0, 0, 0},
	{7916, 7648, 7658, 7678, 0, 1},
	{7916, 5462, 5471, 7916, 0, 1},
	{7916, 8052, 8062, 3429, 0, 1},
	{7916, 7783, 7790, 7807, 0, 1},
	{7916, 166, 173, 0, 0, 0},
	{7916, 185, 193, 5490, 0, 1},
	{8082, 2006, 8104, 0, 0, 0},
	{8082, 408, 416, 0, 0, 0},
	{8082, 464, 481, 0, 0, 6},
	{8082, 543, 556, 0, 0, 0},
	{8082, 579, 601, 0, 625, 4},
	{8082, 722, 601, 0, 741, 4},
	{8082, 823, 828, 0, 0, 3},
	{8082, 990, 1002, 0, 0, 2},
	{8082, 42, 47, 0, 0, 2},
	{8082, 1163, 1173, 0, 0, 2},
	{8082, 4380, 8114, 0, 0, 0},
	{8082, 166, 173, 0, 0, 0},
	{8082, 1298, 1302, 0, 0, 5},
	{8082, 1310, 1318, 0, 0, 0},
	{4191, 8133, 8142, 3961, 0, 1},
	{4191, 3937, 3944, 3429, 0, 1},
	{4191, 1371, 1380, 0, 0, 0},
	{4191, 8167, 8183, 0, 0, 0},
	{4191, 408, 8204, 0, 0, 0},
	{4191, 823, 828, 0, 0, 3},
	{4191, 5040, 5050, 8231, 0, 1},
	{4191, 8255, 8261, 406, 0, 1},
	{4191, 9, 20, 0, 0, 0},
	{4191, 94, 102, 2253, 0, 1},
	{4191, 138, 8285, 0, 0, 3},
	{4191, 8305, 8316, 0, 0, 0},
	{4191, 8354, 8366, 4191, 0, 1},
	{4191, 8402, 8410, 0, 0, 0},
	{4191, 166, 173, 0, 0, 0},
	{4191, 185, 193, 406, 0, 1},
	{4191, 1251, 1257, 0, 0, 2},
	{4191, 296, 301, 0, 0, 0},
	{8439, 408, 416, 0, 0, 0},
	{8439, 464, 481, 0, 0, 6},
	{8439, 543, 556, 0, 0, 0},
	{8439, 579, 601, 0, 625, 4},
	{8439, 722, 601, 0, 741, 4},
	{8439, 823, 828, 0, 0, 3},
	{8439, 8450, 8460, 0, 0, 5},
	{8439, 990, 1002, 0, 0, 2},
	{8439, 9, 20, 0, 0, 0},
	{8439, 1056, 1069, 0, 0, 0},
	{8439, 42, 47, 0, 0, 2},
	{8439, 8504, 8510, 8439, 0, 1},
	{8439, 8539, 8547, 0, 0, 5},
	{8439, 1163, 1173, 0, 0, 2},
	{8439, 3863, 8589, 8615, 0, 1},
	{8439, 8624, 8636, 0, 0, 0},
	{8439, 8660, 8674, 0, 0, 5},
	{8439, 8691, 8702, 8615, 0, 1},
	{8439, 166, 173, 0, 0, 0},
	{8439, 8716, 8723, 8615, 0, 1},
	{8439, 8749, 8761, 0, 0, 0},
	{8439, 8792, 8806, 0, 0, 5},
	{8439, 8823, 8834, 8615, 0, 1},
	{8439, 1251, 1257, 0, 0, 2},
	{8439, 1298, 1302, 0, 0, 5},
	{8439, 1310, 1318, 0, 0, 0},
	{1598, 8848, 8862, 0, 0, 6},
	{1598, 8900, 8915, 0, 0, 3},
	{1598, 8965, 8982, 0, 0, 2},
	{1598, 1917, 1926, 1498, 0, 1},
	{1598, 9005, 9015, 0, 0, 0},
	{1598, 1371, 1380, 0, 0, 0},
	{1598, 1959, 1975, 0, 0, 0},
	{1598, 2006, 4026, 0, 0, 0},
	{1598, 5040, 5050, 5070, 0, 1},
	{1598, 9040, 9049, 0, 0, 0},
	{1598, 9079, 9095, 406, 0, 1},
	{1598, 9, 20, 0, 0, 0},
	{1598, 9121, 9131, 0, 0, 6},
	{1598, 9161, 9172, 0, 0, 3},
	{1598, 9214, 9225, 0, 0, 2},
	{1598, 94, 102, 2253, 0, 1},
	{1598, 9244, 2096, 0, 0, 3},
	{1598, 1648, 1657, 0, 0, 0},
	{1598, 9258, 9264, 0, 0, 0},
	{1598, 185, 193, 5490, 0, 1},
	{1598, 2345, 2365, 0, 0, 0},
	{9294, 3347, 9302, 0, 0, 0},
	{9294, 2412, 9335, 9371, 0, 1},
	{9294, 1371, 1380, 0, 0, 0},
	{9294, 9458, 9468, 3961, 0, 1},
	{9294, 9488, 9493, 406, 0, 1},
	{9294, 823, 9528, 0, 0, 3},
	{9294, 9, 20, 0, 0, 0},
	{9294, 9546, 9559, 81, 0, 1},
	{9294, 94, 2235, 2253, 0, 1},
	{9294, 138, 9582, 0, 0, 3},
	{9294, 9606, 9614, 0, 0, 0},
	{9294, 9639, 9645, 0, 0, 0},
	{9294, 9667, 9682, 0, 0, 0},
	{9294, 9713, 9730, 9756, 0, 1},
	{9294, 166, 173, 0, 0, 0},
	{9813, 9822, 9832, 81, 0, 1},
	{9813, 9852, 9859, 1461, 0, 1},
	{9813, 9, 20, 0, 0, 0},
	{9813, 9876, 5253, 0, 0, 5},
	{9813, 9889, 9896, 0, 0, 3},
	{9813, 94, 102, 130, 0, 1},
	{9813, 9912, 9919, 3961, 0, 1},
	{9813, 166, 173, 0, 0, 0},
	{9813, 185, 193, 406, 0, 1},
	{9813, 1298, 1302, 0, 0, 5},
	{9942, 9951, 9963, 130, 0, 1},
	{9942, 9985, 9996, 0, 0, 0},
	{9942, 10023, 10035, 0, 0, 2},
	{9942, 10054, 10064, 0, 0, 2},
	{9942, 9, 20, 0, 0, 0},
	{9942, 94, 9963, 130, 0, 1},
	{9942, 10081, 10087, 10103, 0, 1},
	{9942, 10138, 10152, 10103, 0, 1},
	{9942, 166, 173, 0, 0, 0},
	{9942, 10175, 10186, 10207, 0, 1},
	{9942, 296, 301, 0, 0, 0},
	{10229, 4047, 6485, 0, 0, 3},
	{10229, 5732, 5740, 6571, 0, 1},
	{10229, 6601, 6610, 1461, 0, 1},
	{10229, 9, 20, 0, 0, 0},
	{10229, 94, 2235, 130, 0, 1},
	{10229, 6783, 6792, 6442, 0, 1},
	{10229, 166, 173, 0, 0, 0},
	{10256, 4047, 6485, 0, 0, 3},
	{10256, 6888, 6900, 0, 0, 2},
	{10256, 9, 20, 0, 0, 0},
	{10256, 6629, 6637, 81, 0, 1},
	{10256, 3732, 3740, 0, 0, 0},
	{10256, 94, 2235, 130, 0, 1},
	{10256, 6950, 6958, 10229, 0, 1},
	{10256, 6976, 6986, 6442, 0, 1},
	{10256, 166, 173, 0, 0, 0},
	{10284, 3937, 3944, 10298, 0, 1},
	{10284, 2006, 4026, 0, 0, 0},
	{10284, 10335, 10346, 0, 0, 3},
	{10284, 9, 20, 0, 0, 0},
	{10284, 10398, 10409, 406, 0, 1},
	{10284, 94, 2235, 2253, 0, 1},
	{6539, 10430, 10442, 0, 0, 2},
	{6539, 9, 20, 0, 0, 0},
	{6539, 1433, 1442, 1461, 0, 1},
	{6539, 10509, 10522, 0, 0, 2},
	{6539, 10542, 10548, 0, 0, 2},
	{6539, 9546, 65, 81, 0, 1},
	{6539, 94, 2235, 130, 0, 1},
	{6539, 166, 173, 0, 0, 0},
	{6539, 296, 301, 0, 0, 0},
	{6539, 10567, 10579, 0, 0, 2},
	{6539, 10608, 10615, 0, 0, 2},
	{6539, 1298, 1302, 0, 0, 5},
	{10650, 9, 20, 0, 0, 0},
	{10650, 10667, 10674, 10650, 0, 1},
	{10650, 296, 301, 0, 0, 0},
	{10697, 1371, 1945, 0, 0, 0},
	{10697, 9, 20, 0, 0, 0},
	{10697, 10667, 10710, 6539, 0, 1},
	{10697, 3863, 10727, 6539, 0, 1},
	{10697, 296, 301, 0, 0, 0},
	{10744, 10758, 7946, 0, 0, 3},
	{10744, 2581, 2590, 406, 0, 1},
	{10744, 2006, 10770, 0, 0, 0},
	{10744, 10806, 10813, 6539, 0, 1},
	{10744, 5040, 5050, 8231, 0, 1},
	{10744, 10837, 10848, 0, 0, 3},
	{10744, 7966, 7983, 0, 0, 0},
	{10744, 9, 20, 0, 0, 0},
	{10744, 5105, 5128, 10900, 0, 1},
	{10744, 5236, 5253, 0, 0, 5},
	{10744, 10934, 10944, 10964, 0, 1},
	{10744, 5273, 5280, 0, 0, 0},
	{10744, 94, 102, 2253, 0, 1},
	{10744, 5317, 9468, 5363, 0, 1},
	{10744, 10987, 11001, 406, 0, 1},
	{10744, 8052, 8062, 11024, 0, 1},
	{10744, 166, 173, 0, 0, 0},
	{10744, 185, 193, 11074, 0, 1},
	{11104, 10806, 11123, 6539, 0, 1},
	{11104, 9, 20, 0, 0, 0},
	{11104, 94, 193, 2253, 0, 1},
	{11104, 185, 193, 5490, 0, 1},
	{11140, 2581, 2590, 11157, 0, 1},
	{11140, 1371, 1380, 0, 0, 0},
	{11140, 2006, 4026, 0, 0, 0},
	{11140, 11241, 11252, 0, 0, 0},
	{11140, 823, 11283, 0, 0, 3},
	{11140, 5040, 5050, 8231, 0, 1},
	{11140, 9, 20, 0, 0, 0},
	{11140, 9889, 11333, 0, 0, 3},
	{11140, 11348, 11354, 11375, 0, 1},
	{11140, 94, 102, 2253, 0, 1},
	{11140, 5317, 9468, 11381, 0, 1},
	{11140, 11433, 11440, 11457, 0, 1},
	{11140, 11469, 11489, 11381, 0, 1},
	{11140, 11518, 11527, 11546, 0, 1},
	{11140, 166, 173, 0, 0, 0},
	{11140, 185, 193, 11074, 0, 1},
	{11555, 3937, 3944, 3429, 0, 1},
	{11555, 4047, 6485, 0, 0, 3},
	{11555, 990, 11572, 0, 0, 2},
	{11555, 9, 11591, 0, 0, 0},
	{11555, 11641, 11646, 406, 0, 1},
	{11555, 94, 102, 2253, 0, 1},
	{11555, 7648, 7658, 3961, 0, 1},
	{11555, 8305, 11664, 0, 0, 0},
	{11555, 8354, 11694, 406, 0, 1},
	{11555, 3863, 11716, 0, 0, 5},
	{11555, 166, 173, 0, 0, 0},
	{11555, 185, 193, 11727, 0, 1},
	{11555, 296, 301, 0, 0, 0},
	{11761, 11779, 11793, 6442, 0, 1},
	{11761, 3937, 3944, 3429, 0, 1},
	{11761, 1371, 1380, 0, 0, 0},
	{11761, 11817, 11829, 0, 0, 0},
	{11761, 11865, 11875, 81, 0, 1},
	{11761, 823, 11895, 0, 0, 3},
	{11761, 990, 11572, 0, 0, 2},
	{11761, 5040, 11908, 8231, 0, 1},
	{11761, 1405, 11936, 0, 0, 0},
	{11761, 6601, 11966, 0, 0, 0},
	{11761, 4285, 12003, 0, 0, 0},
	{11761, 9, 11591, 0, 0, 0},
	{11761, 7493, 12025, 0, 0, 0},
	{11761, 1433, 12058, 0, 0, 5},
	{11761, 94, 102, 2253, 0, 1},
	{11761, 138, 12085, 0, 0, 3},
	{11761, 12107, 12115, 406, 0, 1},
	{11761, 12141, 12151, 11761, 0, 1},
	{11761, 12178, 12187, 0, 0, 0},
	{11761, 12207, 12220, 0, 12258, 4},
	{11761, 9667, 12320, 0, 0, 0},
	{11761, 12350, 12358, 0, 0, 0},
	{11761, 166, 173, 0, 0, 0},
	{11761, 185, 193, 11727, 0, 1},
	{11761, 296, 301, 0, 0, 0},
	{12398, 408, 416, 0, 0, 0},
	{12398, 464, 481, 0, 0, 6},
	{12398, 543, 556, 0, 0, 0},
	{12398, 579, 601, 0, 625, 4},
	{12398, 722, 601, 0, 741, 4},
	{12398, 823, 828, 0, 0, 3},
	{12398, 990, 1002, 0, 0, 2},
	{12398, 1023, 1033, 0, 0, 3},
	{12398, 9, 20, 0, 0, 0},
	{12398, 1056, 1069, 0, 0, 0},
	{12398, 42, 47, 0, 0, 2},
	{12398, 1163, 1173, 0, 0, 2},
	{12398, 166, 173, 0, 0, 0},
	{12398, 1251, 1257, 0, 0, 2},
	{12398, 1298, 1302, 0, 0, 5},
	{12398, 1310, 1318, 0, 0, 0},
	{5070, 5630, 5638, 1, 0, 1},
	{5070, 3195, 3207, 2400, 0, 1},
	{5070, 2581, 2590, 2608, 0, 1},
	{5070, 12422, 12428, 0, 0, 0},
	{5070, 823, 5026, 0, 0, 3},
	{5070, 12441, 12451, 12481, 0, 1},
	{5070, 12501, 12517, 12541, 0, 1},
	{5070, 9, 20, 0, 0, 0},
	{5070, 12555, 12562, 0, 0, 6},
	{5070, 1433, 12578, 1461, 0, 1},
	{5070, 12606, 12622, 0, 0, 3},
	{5070, 5292, 5300, 5070, 0, 1},
	{5070, 5504, 12645, 12678, 0, 1},
	{5070, 12722, 12739, 0, 0, 0},
	{5070, 94, 102, 2253, 0, 1},
	{5070, 2750, 12772, 2806, 0, 1},
	{5070, 2819, 2831, 0, 0, 0},
	{5070, 2858, 2875, 2901, 0, 1},
	{5070, 12820, 12837, 81, 0, 1},
	{5070, 12863, 12883, 0, 0, 0},
	{5070, 166, 173, 0, 0, 0},
	{5070, 185, 193, 5490, 0, 1},
	{5070, 296, 301, 0, 0, 0},
	{12934, 12943, 12959, 0, 0, 0},
	{12934, 9, 20, 0, 0, 0},
	{12934, 42, 47, 0, 0, 2},
	{12934, 9546, 12981, 81, 0, 1},
	{12934, 13012, 13025, 0, 0, 0},
	{12934, 166, 173, 0, 0, 0},
	{13053, 9, 20, 0, 0, 0},
	{13053, 94, 13071, 130, 0, 1},
	{13053, 166, 173, 0, 0, 0},
	{13053, 185, 13071, 130, 0, 1},
	{13091, 9, 20, 0, 0, 0},
	{13091, 6950, 6958, 13053, 0, 1},
	{13091, 166, 173, 0, 0, 0},
	{12541, 13110, 13123, 2806, 0, 1},
	{12541, 4996, 12451, 1598, 0, 1},
	{12541, 823, 5026, 0, 0, 3},
	{12541, 9, 20, 0, 0, 0},
	{12541, 13160, 13178, 2608, 0, 1},
	{12541, 9546, 12981, 81, 0, 1},
	{12541, 94, 2235, 2253, 0, 1},
	{12541, 166, 173, 0, 0, 0},
	{12541, 296, 301, 0, 0, 0},
	{13204, 341, 353, 406, 0, 1},
	{13204, 408, 416, 0, 0, 0},
	{13204, 464, 481, 0, 0, 6},
	{13204, 543, 556, 0, 0, 0},
	{13204, 579, 601, 0, 625, 4},
	{13204, 722, 601, 0, 741, 4},
	{13204, 823, 828, 0, 0, 3},
	{13204, 842, 13220, 406, 0, 1},
	{13204, 923, 936, 406, 0, 1},
	{13204, 990, 1002, 0, 0, 2},
	{13204, 1023, 1033, 0, 0, 3},
	{13204, 9, 20, 0, 0, 0},
	{13204, 1056, 1069, 0, 0, 0},
	{13204, 42, 47, 0, 0, 2},
	{13204, 1098, 1110, 406, 0, 1},
	{13204, 1163, 1173, 0, 0, 2},
	{13204, 166, 173, 0, 0, 0},
	{13204, 1190, 1200, 406, 0, 1},
	{13204, 1251, 1257, 0, 0, 2},
	{13204, 1270, 1276, 0, 0, 0},
	{13204, 1298, 1302, 0, 0, 5},
	{13204, 1310, 1318, 0, 0, 0},
	{13272, 341, 353, 406, 0, 1},
	{13272, 408, 416, 0, 0, 0},
	{13272, 464, 481, 0, 0, 6},
	{13272, 543, 556, 0, 0, 0},
	{13272, 579, 601, 0, 625, 4},
	{13272, 722, 601, 0, 741, 4},
	{13272, 823, 828, 0, 0, 3},
	{13272, 842, 13220, 406, 0, 1},
	{13272, 923, 936, 406, 0, 1},
	{13272, 990, 1002, 0, 0, 2},
	{13272, 1023, 1033, 0, 0, 3},
	{13272, 9, 20, 0, 0, 0},
	{13272, 1056, 1069, 0, 0, 0},
	{13272, 42, 47, 0, 0, 2},
	{13272, 1098, 1110, 406, 0, 1},
	{13272, 1163, 1173, 0, 0, 2},
	{13272, 166, 173, 0, 0, 0},
	{13272, 1190, 1200, 406, 0, 1},
	{13272, 1251, 1257, 0, 0, 2},
	{13272, 1270, 1276, 0, 0, 0},
	{13272, 1298, 1302, 0, 0, 5},
	{13272, 1310, 1318, 0, 0, 0},
	{13281, 341, 353, 406, 0, 1},
	{13281, 408, 416, 0, 0, 0},
	{13281, 464, 481, 0, 0, 6},
	{13281, 543, 556, 0, 0, 0},
	{13281, 579, 601, 0, 625, 4},
	{13281, 722, 601, 0, 741, 4},
	{13281, 823, 828, 0, 0, 3},
	{13281, 842, 13220, 406, 0, 1},
	{13281, 923, 936, 406, 0, 1},
	{13281, 990, 1002, 0, 0, 2},
	{13281, 1023, 1033, 0, 0, 3},
	{13281, 9, 20, 0, 0, 0},
	{13281, 1056, 1069, 0, 0, 0},
	{13281, 42, 47, 0, 0, 2},
	{13281, 1098, 1110, 406, 0, 1},
	{13281, 1163, 1173, 0, 0, 2},
	{13281, 166, 173, 0, 0, 0},
	{13281, 1190, 1200, 406, 0, 1},
	{13281, 1251, 1257, 0, 0, 2},
	{13281, 1270, 1276, 0, 0, 0},
	{13281, 1298, 1302, 0, 0, 5},
	{13281, 1310, 1318, 0, 0, 0},
	{13298, 408, 416, 0, 0, 0},
	{13298, 464, 481, 0, 0, 6},
	{13298, 543, 556, 0, 0, 0},
	{13298, 579, 601, 0, 625, 4},
	{13298, 722, 601, 0, 741, 4},
	{13298, 823, 828, 0, 0, 3},
	{13298, 9, 20, 0, 0, 0},
	{13298, 1056, 1069, 0, 0, 0},
	{13298, 42, 47, 0, 0, 2},
	{13298, 1163, 1173, 0, 0, 2},
	{13298, 166, 173, 0, 0, 0},
	{13298, 1298, 1302, 0, 0, 5},
	{13298, 1310, 1318, 0, 0, 0},
	{13314, 4958, 6414, 6442, 0, 1},
	{13314, 13335, 13341, 6408, 0, 1},
	{13314, 13357, 13366, 9942, 0, 1},
	{13314, 4047, 6485, 0, 0, 3},
	{13314, 6502, 6513, 6539, 0, 1},
	{13314, 6888, 6900, 0, 0, 2},
	{13314, 5040, 6546, 5070, 0, 1},
	{13314, 5732, 5740, 6571, 0, 1},
	{13314, 6601, 6610, 1461, 0, 1},
	{13314, 9, 20, 0, 0, 0},
	{13314, 6655, 6664, 6539, 0, 1},
	{13314, 94, 2235, 130, 0, 1},
	{13314, 6683, 6689, 3961, 0, 1},
	{13314, 6745, 6759, 6539, 0, 1},
	{13314, 6783, 6792, 6442, 0, 1},
	{13314, 166, 173, 0, 0, 0},
	{13314, 6811, 6825, 6539, 0, 1},
	{13395, 2006, 13415, 0, 0, 0},
	{13395, 823, 828, 0, 0, 3},
	{13395, 9, 20, 0, 0, 0},
	{13395, 5105, 5128, 5160, 0, 1},
	{13395, 5236, 5253, 0, 0, 5},
	{13395, 94, 2235, 2253, 0, 1},
	{13395, 12207, 13446, 0, 0, 0},
	{13395, 13475, 13479, 0, 0, 0},
	{13395, 166, 173, 0, 0, 0},
	{13499, 3937, 3944, 13504, 0, 1},
	{13499, 823, 5026, 0, 0, 3},
	{13499, 5040, 5050, 8231, 0, 1},
	{13499, 9, 20, 0, 0, 0},
	{13499, 94, 102, 2253, 0, 1},
	{13499, 185, 193, 13562, 0, 1},
	{5100, 13647, 13666, 0, 0, 0},
	{5100, 1371, 1380, 0, 0, 0},
	{5100, 9, 20, 0, 0, 0},
	{5100, 13700, 13717, 0, 0, 0},
	{5100, 94, 102, 2253, 0, 1},
	{5100, 13738, 13749, 0, 0, 3},
	{5100, 185, 193, 13764, 0, 1},
	{5100, 13791, 13803, 0, 0, 3},
	{13823, 408, 416, 0, 0, 0},
	{13823, 464, 481, 0, 0, 6},
	{13823, 543, 556, 0, 0, 0},
	{13823, 579, 601, 0, 625, 4},
	{13823, 722, 601, 0, 741, 4},
	{13823, 823, 828, 0, 0, 3},
	{13823, 990, 1002, 0, 0, 2},
	{13823, 1056, 1069, 0, 0, 0},
	{13823, 42, 47, 0, 0, 2},
	{13823, 1163, 1173, 0, 0, 2},
	{13823, 13839, 13845, 0, 0, 0},
	{13823, 166, 173, 0, 0, 0},
	{13823, 1298, 1302, 0, 0, 5},
	{13823, 1310, 1318, 0, 0, 0},
	{13856, 13862, 13869, 0, 0, 0},
	{13856, 13884, 13899, 0, 0, 0},
	{13856, 13935, 13956, 0, 13992, 4},
	{13856, 2006, 4026, 0, 0, 0},
	{13856, 14104, 14112, 0, 0, 0},
	{13856, 9, 20, 0, 0, 0},
	{13856, 14143, 14159, 14184, 0, 1},
	{13856, 14241, 14248, 14272, 0, 1},
	{13856, 296, 2335, 0, 0, 0},
	{13856, 14344, 14350, 0, 0, 0},
	{14438, 9, 20, 0, 0, 0},
	{14438, 94, 102, 130, 0, 1},
	{14438, 6950, 14455, 0, 0, 0},
	{14438, 185, 193, 5490, 0, 1},
	{14484, 14502, 14509, 0, 0, 0},
	{14484, 13884, 14524, 0, 0, 0},
	{14484, 14555, 14569, 1461, 0, 1},
	{14484, 14592, 14601, 12934, 0, 1},
	{14484, 9, 20, 0, 0, 0},
	{14484, 1433, 1442, 1461, 0, 1},
	{14484, 42, 47, 0, 0, 2},
	{14484, 9546, 14620, 81, 0, 1},
	{14484, 14641, 14649, 0, 0, 0},
	{14484, 2960, 1380, 0, 0, 0},
	{14484, 3009, 301, 0, 0, 0},
	{14484, 3075, 3085, 0, 0, 0},
	{14673, 14686, 2590, 14694, 0, 1},
	{14673, 14755, 14764, 0, 0, 0},
	{14673, 14787, 14799, 0, 0, 0},
	{14673, 5040, 5050, 5070, 0, 1},
	{14673, 14592, 14831, 12934, 0, 1},
	{14673, 9, 20, 0, 0, 0},
	{14673, 14876, 14885, 0, 0, 0},
	{14673, 14908, 14920, 6571, 0, 1},
	{14673, 14942, 14951, 0, 0, 0},
	{14673, 94, 102, 2253, 0, 1},
	{14673, 5317, 14974, 5926, 0, 1},
	{14673, 15007, 2831, 0, 0, 0},
	{14673, 15014, 15023, 6571, 0, 1},
	{14673, 15042, 15049, 0, 0, 0},
	{14673, 15063, 15071, 0, 0, 3},
	{14673, 166, 173, 0, 0, 0},
	{14673, 185, 193, 15088, 0, 1},
	{15109, 823, 8010, 0, 0, 3},
	{15109, 9, 20, 0, 0, 0},
	{15109, 1433, 1442, 1461, 0, 1},
	{15109, 15122, 15133, 0, 0, 2},
	{15109, 10509, 15150, 81, 0, 1},
	{15109, 94, 2235, 2253, 0, 1},
	{15109, 5317, 5900, 6442, 0, 1},
	{15109, 15173, 15182, 11457, 0, 1},
	{15109, 15208, 15222, 0, 0, 3},
	{15109, 2819, 2831, 0, 0, 0},
	{15109, 2858, 2875, 15245, 0, 1},
	{15109, 15042, 15284, 0, 0, 2},
	{15109, 166, 173, 0, 0, 0},
	{15109, 15314, 15328, 0, 0, 0},
	{15109, 15357, 15372, 0, 0, 0},
	{15109, 15418, 15431, 0, 0, 0},
	{15459, 823, 828, 0, 0, 3},
	{15459, 15482, 15494, 0, 0, 0},
	{15459, 9, 20, 0, 0, 0},
	{15459, 15521, 15540, 15109, 0, 1},
	{15459, 94, 2235, 130, 0, 1},
	{15459, 166, 173, 0, 0, 0},
	{15459, 15357, 15568, 0, 0, 0},
	{15598, 823, 828, 0, 0, 3},
	{15598, 9, 20, 0, 0, 0},
	{15598, 15625, 15637, 406, 0, 1},
	{15598, 94, 2235, 130, 0, 1},
	{15598, 166, 15691, 0, 0, 0},
	{15598, 15737, 15745, 15793, 0, 1},
	{15598, 15357, 15829, 0, 0, 0},
	{15598, 15874, 15887, 0, 0, 0},
	{4340, 408, 416, 0, 0, 0},
	{4340, 464, 481, 0, 0, 6},
	{4340, 543, 556, 0, 0, 0},
	{4340, 579, 601, 0, 625, 4},
	{4340, 722, 601, 0, 741, 4},
	{4340, 823, 828, 0, 0, 3},
	{4340, 842, 15930, 4340, 0, 1},
	{4340, 990, 1002, 0, 0, 2},
	{4340, 15954, 15967, 0, 0, 0},
	{4340, 15988, 15995, 4462, 0, 1},
	{4340, 1056, 1069, 0, 0, 0},
	{4340, 42, 47, 0, 0, 2},
	{4340, 1163, 1173, 0, 0, 2},
	{4340, 4380, 16020, 406, 0, 1},
	{4340, 166, 173, 0, 0, 0},
	{4340, 1251, 1257, 0, 0, 2},
	{4340, 1298, 1302, 0, 0, 5},
	{4340, 1310, 1318, 0, 0, 0},
	{16060, 3366, 16074, 0, 0, 2},
	{16060, 16098, 16111, 0, 0, 2},
	{16060, 16139, 16155, 0, 0, 2},
	{16060, 16186, 16205, 0, 0, 2},
	{16060, 16239, 16253, 0, 0, 2},
	{16060, 16282, 16294, 0, 0, 0},
	{16060, 16319, 16335, 81, 0, 1},
	{16060, 14592, 14601, 12934, 0, 1},
	{16060, 9, 20, 0, 0, 0},
	{16060, 42, 16360, 0, 0, 2},
	{16060, 16385, 16394, 81, 0, 1},
	{16060, 16412, 47, 0, 0, 2},
	{16060, 166, 173, 0, 0, 0},
	{16060, 296, 301, 0, 0, 0},
	{16421, 5630, 5638, 1, 0, 1},
	{16421, 823, 828, 0, 0, 3},
	{16421, 9, 20, 0, 0, 0},
	{16421, 16429, 16436, 81, 0, 1},
	{16421, 5504, 2418, 3429, 0, 1},
	{16421, 16453, 16470, 0, 0, 0},
	{16421, 94, 102, 130, 0, 1},
	{16421, 7648, 7658, 10103, 0, 1},
	{16421, 166, 173, 0, 0, 0},
	{16421, 185, 193, 5490, 0, 1},
	{16421, 16503, 16514, 0, 0, 6},
	{16421, 16531, 16540, 0, 0, 6},
	{16421, 296, 301, 0, 0, 0},
	{16555, 341, 353, 406, 0, 1},
	{16555, 16563, 16576, 0, 0, 0},
	{16555, 408, 416, 0, 0, 0},
	{16555, 464, 481, 0, 0, 6},
	{16555, 543, 556, 0, 0, 0},
	{16555, 579, 601, 0, 625, 4},
	{16555, 722, 601, 0, 741, 4},
	{16555, 823, 828, 0, 0, 3},
	{16555, 842, 13220, 406, 0, 1},
	{16555, 923, 936, 406, 0, 1},
	{16555, 990, 1002, 0, 0, 2},
	{16555, 1023, 1033, 0, 0, 3},
	{16555, 9, 20, 0, 0, 0},
	{16555, 1056, 1069, 0, 0, 0},
	{16555, 42, 47, 0, 0, 2},
	{16555, 1098, 1110, 406, 0, 1},
	{16555, 1163, 1173, 0, 0, 2},
	{16555, 166, 173, 0, 0, 0},
	{16555, 1190, 1200, 406, 0, 1},
	{16555, 1251, 1257, 0, 0, 2},
	{16555, 1270, 1276, 0, 0, 0},
	{16555, 296, 301, 0, 0, 0},
	{16555, 1298, 1302, 0, 0, 5},
	{16555, 1310, 1318, 0, 0, 0},
	{16601, 3937, 3944, 6442, 0, 1},
	{16601, 11641, 16609, 406, 0, 1},
	{16601, 3863, 16609, 406, 0, 1},
	{16633, 2006, 4026, 0, 0, 0},
	{16633, 823, 828, 0, 0, 3},
	{16633, 16638, 16651, 0, 0, 0},
	{16633, 5040, 5050, 8231, 0, 1},
	{16633, 9, 20, 0, 0, 0},
	{16633, 11641, 16679, 406, 0, 1},
	{16633, 16700, 16706, 0, 0, 2},
	{16633, 94, 102, 2253, 0, 1},
	{16633, 3863, 10727, 16725, 0, 1},
	{16633, 166, 173, 0, 0, 0},
	{16633, 185, 193, 11074, 0, 1},
	{16633, 1251, 1257, 0, 0, 2},
	{1461, 3366, 16770, 0, 0, 2},
	{1461, 16098, 16786, 0, 0, 2},
	{1461, 16139, 16806, 0, 0, 2},
	{1461, 16186, 16829, 0, 0, 2},
	{1461, 16239, 16855, 0, 0, 2},
	{1461, 16282, 16876, 0, 0, 0},
	{1461, 14592, 14601, 12934, 0, 1},
	{1461, 9, 20, 0, 0, 0},
	{1461, 42, 16360, 0, 0, 2},
	{1461, 16893, 16898, 0, 0, 8},
	{1461, 16925, 16944, 0, 0, 0},
	{1461, 9546, 12981, 81, 0, 1},
	{1461, 16969, 5300, 1461, 0, 1},
	{1461, 166, 173, 0, 0, 0},
	{1461, 296, 301, 0, 0, 0},
	{16976, 341, 353, 406, 0, 1},
	{16976, 408, 416, 0, 0, 0},
	{16976, 464, 481, 0, 0, 6},
	{16976, 543, 556, 0, 0, 0},
	{16976, 579, 601, 0, 625, 4},
	{16976, 722, 601, 0, 741, 4},
	{16976, 823, 828, 0, 0, 3},
	{16976, 842, 853, 406, 0, 1},
	{16976, 923, 936, 406, 0, 1},
	{16976, 990, 1002, 0, 0, 2},
	{16976, 1023, 1033, 0, 0, 3},
	{16976, 9, 20, 0, 0, 0},
	{16976, 1056, 1069, 0, 0, 0},
	{16976, 42, 47, 0, 0, 2},
	{16976, 1098, 1110, 406, 0, 1},
	{16976, 1163, 1173, 0, 0, 2},
	{16976, 166, 173, 0, 0, 0},
	{16976, 1190, 1200, 406, 0, 1},
	{16976, 1251, 1257, 0, 0, 2},
	{16976, 1270, 1276, 0, 0, 0},
	{16976, 1298, 1302, 0, 0, 5},
	{16976, 1310, 1318, 0, 0, 0},
	{16984, 823, 828, 0, 0, 3},
	{16984, 16998, 17017, 406, 0, 1},
	{16984, 9, 20, 0, 0, 0},
	{16984, 17045, 17053, 16976, 0, 1},
	{16984, 94, 102, 130, 0, 1},
	{16984, 138, 5026, 0, 0, 3},
	{16984, 17071, 17080, 17099, 0, 1},
	{16984, 166, 173, 0, 0, 0},
	{16984, 185, 193, 17151, 0, 1},
	{11375, 2581, 2590, 17225, 0, 1},
	{11375, 4047, 17249, 0, 0, 3},
	{11375, 10806, 11123, 17295, 0, 1},
	{11375, 5040, 5050, 5070, 0, 1},
	{11375, 9, 20, 0, 0, 0},
	{11375, 14942, 17315, 0, 0, 0},
	{11375, 17340, 17349, 5926, 0, 1},
	{11375, 94, 102, 130, 0, 1},
	{11375, 3839, 9015, 0, 0, 0},
	{11375, 166, 173, 0, 0, 0},
	{11375, 185, 193, 17368, 0, 1},
	{11375, 296, 301, 0, 0, 0},
	{11375, 17437, 17442, 0, 0, 0},
	{17463, 2006, 4026, 0, 0, 0},
	{17463, 17474, 17490, 0, 0, 3},
	{17463, 17520, 17525, 0, 0, 0},
	{17463, 9, 20, 0, 0, 0},
	{17463, 17546, 17557, 17592, 0, 1},
	{17463, 17613, 17629, 0, 0, 0},
	{17463, 15122, 17676, 0, 0, 0},
	{17463, 10509, 15150, 81, 0, 1},
	{17463, 166, 173, 0, 0, 0},
	{17699, 2006, 17724, 0, 0, 0},
	{17699, 408, 5656, 5674, 0, 1},
	{17699, 10806, 11123, 6539, 0, 1},
	{17699, 17766, 11283, 0, 0, 3},
	{17699, 9, 20, 0, 0, 0},
	{17699, 17781, 17792, 17463, 0, 1},
	{17699, 94, 102, 2253, 0, 1},
	{17699, 5317, 5900, 17822, 0, 1},
	{17699, 17881, 2831, 0, 0, 0},
	{17699, 17894, 15328, 0, 0, 0},
	{17699, 6950, 6958, 17911, 0, 1},
	{17699, 166, 173, 0, 0, 0},
	{17699, 185, 193, 5490, 0, 1},
	{17929, 2006, 17724, 0, 0, 0},
	{17929, 408, 5656, 5674, 0, 1},
	{17929, 17948, 17960, 1461, 0, 1},
	{17929, 9, 20, 0, 0, 0},
	{17929, 17781, 17792, 17463, 0, 1},
	{17929, 94, 102, 2253, 0, 1},
	{17929, 5317, 5900, 3429, 0, 1},
	{17929, 17982, 17995, 17911, 0, 1},
	{17929, 18029, 18038, 18057, 0, 1},
	{17929, 18078, 18095, 6571, 0, 1},
	{17929, 166, 173, 0, 0, 0},
	{17929, 185, 193, 5490, 0, 1},
	{17929, 296, 301, 0, 0, 0},
	{17929, 18135, 18150, 0, 0, 3},
	{17929, 18174, 18187, 0, 0, 3},
	{18209, 18229, 18244, 0, 0, 0},
	{18209, 18298, 18318, 0, 0, 0},
	{18209, 2006, 4026, 0, 0, 0},
	{18209, 18362, 18371, 0, 0, 0},
	{18209, 17546, 17557, 18396, 0, 1},
	{18209, 17613, 17629, 0, 0, 0},
	{18209, 10509, 15150, 81, 0, 1},
	{18209, 18406, 18430, 0, 0, 0},
	{18209, 18460, 18484, 0, 0, 0},
	{18209, 18523, 18533, 18560, 0, 1},
	{18209, 18584, 18599, 0, 0, 0},
	{18209, 18630, 18642, 0, 0, 0},
	{18209, 166, 173, 0, 0, 0},
	{17911, 18661, 7946, 0, 0, 3},
	{17911, 1371, 1380, 0, 0, 0},
	{17911, 2006, 17724, 0, 0, 0},
	{17911, 823, 18672, 0, 0, 3},
	{17911, 5040, 5050, 5070, 0, 1},
	{17911, 9, 20, 0, 0, 0},
	{17911, 18712, 18731, 81, 0, 1},
	{17911, 18767, 9468, 5926, 0, 1},
	{17911, 18786, 18809, 0, 0, 0},
	{17911, 5273, 5280, 0, 0, 0},
	{17911, 17781, 17792, 17463, 0, 1},
	{17911, 94, 102, 2253, 0, 1},
	{17911, 6711, 8038, 0, 0, 0},
	{17911, 8052, 8062, 3429, 0, 1},
	{17911, 166, 173, 0, 0, 0},
	{17911, 185, 193, 5490, 0, 1},
	{18839, 1371, 1380, 0, 0, 0},
	{18839, 2006, 17724, 0, 0, 0},
	{18839, 408, 5656, 5674, 0, 1},
	{18839, 1023, 11283, 0, 0, 3},
	{18839, 9, 20, 0, 0, 0},
	{18839, 17781, 17792, 17463, 0, 1},
	{18839, 5292, 5300, 18859, 0, 1},
	{18839, 94, 102, 2253, 0, 1},
	{18839, 3863, 18945, 3961, 0, 1},
	{18839, 166, 173, 0, 0, 0},
	{18839, 185, 193, 5490, 0, 1},
	{18973, 9, 20, 0, 0, 0},
	{18973, 42, 18990, 0, 0, 2},
	{18973, 19014, 19028, 0, 0, 0},
	{19074, 19104, 19112, 0, 0, 0},
	{19074, 19136, 19143, 81, 0, 1},
	{19074, 9, 20, 0, 0, 0},
	{19074, 166, 19160, 0, 0, 0},
	{19074, 185, 193, 19183, 0, 1},
	{19225, 185, 193, 19258, 0, 1},
	{19286, 185, 193, 19258, 0, 1},
	{19313, 185, 193, 19341, 0, 1},
	{19379, 9, 20, 0, 0, 0},
	{19379, 185, 193, 18973, 0, 1},
	{19404, 9, 20, 0, 0, 0},
	{19404, 2267, 19435, 0, 0, 0},
	{19404, 19478, 19493, 0, 0, 0},
	{19550, 185, 193, 19258, 0, 1},
	{19584, 1371, 1945, 0, 0, 0},
	{19584, 408, 416, 0, 0, 0},
	{19584, 464, 481, 0, 0, 6},
	{19584, 543, 556, 0, 0, 0},
	{19584, 579, 601, 0, 625, 4},
	{19584, 722, 601, 0, 741, 4},
	{19584, 823, 828, 0, 0, 3},
	{19584, 990, 1002, 0, 0, 2},
	{19584, 1405, 19602, 0, 0, 0},
	{19584, 19634, 19640, 0, 0, 0},
	{19584, 9, 20, 0, 0, 0},
	{19584, 1056, 1069, 0, 0, 0},
	{19584, 42, 47, 0, 0, 2},
	{19584, 10667, 19656, 10900, 0, 1},
	{19584, 1163, 1173, 0, 0, 2},
	{19584, 166, 173, 0, 0, 0},
	{19584, 1251, 1257, 0, 0, 2},
	{19584, 1298, 1302, 0, 0, 5},
	{19584, 1310, 1318, 0, 0, 0},
	{4211, 3937, 3944, 6571, 0, 1},
	{4211, 2006, 19673, 0, 0, 0},
	{4211, 17948, 19692, 0, 0, 2},
	{4211, 19716, 19732, 0, 0, 5},
	{4211, 5732, 5740, 6571, 0, 1},
	{4211, 1405, 19602, 0, 0, 0},
	{4211, 19634, 19757, 406, 0, 1},
	{4211, 18029, 19773, 6442, 0, 1},
	{4211, 19804, 19816, 0, 0, 0},
	{4211, 19839, 19851, 6442, 0, 1},
	{4211, 7783, 7790, 6442, 0, 1},
	{4211, 3863, 19873, 0, 0, 2},
	{4211, 8691, 19892, 0, 0, 5},
	{4211, 8716, 19912, 6539, 0, 1},
	{19941, 19959, 19970, 0, 0, 0},
	{19941, 20010, 20040, 0, 20074, 4},
	{19941, 20198, 20227, 0, 20271, 4},
	{19941, 9, 20, 0, 0, 0},
	{19941, 94, 2235, 130, 0, 1},
	{19941, 20391, 20406, 0, 0, 0},
	{19941, 20450, 20040, 0, 20484, 4},
	{19941, 20616, 20227, 0, 20649, 4},
	{19941, 296, 2335, 0, 0, 0},
	{19941, 20777, 20789, 0, 0, 7},
	{19941, 20809, 20823, 0, 0, 7},
	{19941, 20845, 20856, 0, 0, 7},
	{19941, 20887, 20900, 0, 0, 7},
	{20933, 20946, 20954, 0, 0, 2},
	{20933, 408, 416, 0, 0, 0},
	{20933, 464, 481, 0, 0, 6},
	{20933, 543, 556, 0, 0, 0},
	{20933, 579, 601, 0, 625, 4},
	{20933, 722, 601, 0, 741, 4},
	{20933, 823, 828, 0, 0, 3},
	{20933, 990, 1002, 0, 0, 2},
	{20933, 20974, 20982, 0, 0, 0},
	{20933, 1056, 1069, 0, 0, 0},
	{20933, 21001, 21006, 0, 0, 0},
	{20933, 42, 47, 0, 0, 2},
	{20933, 138, 21016, 0, 0, 3},
	{20933, 1163, 1173, 0, 0, 2},
	{20933, 19839, 21039, 0, 0, 2},
	{20933, 166, 173, 0, 0, 0},
	{20933, 21058, 21066, 0, 0, 0},
	{20933, 296, 301, 0, 0, 0},
	{20933, 14344, 21095, 0, 0, 2},
	{21117, 21132, 21141, 0, 0, 0},
	{21117, 21185, 9528, 0, 0, 3},
	{21117, 5040, 5050, 8231, 0, 1},
	{21117, 21194, 21202, 0, 0, 0},
	{21117, 9, 20, 0, 0, 0},
	{21117, 5105, 5128, 10900, 0, 1},
	{21117, 5236, 5253, 0, 0, 5},
	{21117, 21249, 21258, 0, 0, 0},
	{21117, 94, 2235, 2253, 0, 1},
	{21117, 6783, 21288, 6571, 0, 1},
	{21117, 166, 173, 0, 0, 0},
	{21117, 21306, 21317, 0, 0, 0},
	{11457, 2581, 2590, 21349, 0, 1},
	{11457, 1371, 1380, 0, 0, 0},
	{11457, 2006, 4026, 0, 0, 0},
	{11457, 21447, 21466, 0, 21479, 4},
	{11457, 21568, 21466, 0, 21584, 4},
	{11457, 21674, 21466, 0, 21694, 4},
	{11457, 21773, 21466, 0, 21791, 4},
	{11457, 21862, 21873, 0, 0, 0},
	{11457, 21925, 21950, 0, 21995, 4},
	{11457, 22096, 21950, 0, 22122, 4},
	{11457, 22213, 22238, 0, 0, 0},
	{11457, 22314, 22334, 0, 0, 0},
	{11457, 22418, 22439, 0, 0, 6},
	{11457, 22563, 22578, 0, 0, 0},
	{11457, 22609, 22638, 0, 22670, 4},
	{11457, 22779, 22638, 0, 22809, 4},
	{11457, 22908, 22937, 0, 0, 0},
	{11457, 22980, 23004, 0, 0, 0},
	{11457, 23051, 23076, 0, 0, 6},
	{11457, 23148, 23167, 0, 0, 0},
	{11457, 823, 23200, 0, 0, 3},
	{11457, 923, 23298, 23320, 0, 1},
	{11457, 10806, 11123, 17295, 0, 1},
	{11457, 5040, 5050, 8231, 0, 1},
	{11457, 19634, 19757, 406, 0, 1},
	{11457, 23409, 23420, 23440, 0, 1},
	{11457, 9, 20, 0, 0, 0},
	{11457, 23492, 23499, 0, 0, 0},
	{11457, 5292, 5300, 23522, 0, 1},
	{11457, 94, 102, 2253, 0, 1},
	{11457, 5317, 9468, 5545, 0, 1},
	{11457, 11518, 11527, 11546, 0, 1},
	{11457, 166, 173, 0, 0, 0},
	{11457, 185, 193, 11074, 0, 1},
	{11457, 23622, 23636, 0, 0, 0},
	{11457, 23673, 23684, 0, 0, 3},
	{11457, 23726, 23741, 0, 0, 6},
	{11457, 23793, 23806, 0, 0, 2},
	{23858, 23878, 23883, 23858, 0, 1},
	{23858, 2006, 8104, 0, 0, 0},
	{23858, 408, 416, 0, 0, 0},
	{23858, 464, 481, 0, 0, 6},
	{23858, 543, 556, 0, 0, 0},
	{23858, 579, 601, 0, 625, 4},
	{23858, 722, 601, 0, 741, 4},
	{23858, 823, 828, 0, 0, 3},
	{23858, 990, 1002, 0, 0, 2},
	{23858, 23898, 23912, 4462, 0, 1},
	{23858, 14876, 23935, 0, 0, 0},
	{23858, 1056, 1069, 0, 0, 0},
	{23858, 21001, 21006, 0, 0, 0},
	{23858, 42, 47, 0, 0, 2},
	{23858, 23952, 23967, 4462, 0, 1},
	{23858, 1163, 1173, 0, 0, 2},
	{23858, 166, 173, 0, 0, 0},
	{23858, 7570, 23991, 0, 0, 0},
	{23858, 1251, 1257, 0, 0, 2},
	{23858, 296, 24006, 0, 0, 0},
	{23858, 1298, 1302, 0, 0, 5},
	{23858, 1310, 1318, 0, 0, 0},
	{81, 14502, 14509, 0, 0, 0},
	{81, 3366, 16770, 0, 0, 2},
	{81, 16098, 16786, 0, 0, 2},
	{81, 16139, 16806, 0, 0, 2},
	{81, 16186, 16829, 0, 0, 2},
	{81, 16239, 16855, 0, 0, 2},
	{81, 16282, 16876, 0, 0, 0},
	{81, 14592, 14601, 12934, 0, 1},
	{81, 9, 20, 0, 0, 0},
	{81, 42, 16360, 0, 0, 2},
	{81, 16969, 5300, 81, 0, 1},
	{81, 16412, 47, 0, 0, 2},
	{81, 296, 301, 0, 0, 0},
	{24019, 14502, 14509, 0, 0, 0},
	{24019, 823, 5026, 0, 0, 3},
	{24019, 24043, 24049, 0, 0, 0},
	{24019, 14592, 14601, 12934, 0, 1},
	{24019, 9, 20, 0, 0, 0},
	{24019, 1433, 1442, 1461, 0, 1},
	{24019, 24084, 24092, 81, 0, 1},
	{24019, 24110, 24137, 81, 0, 1},
	{24019, 24173, 24179, 0, 0, 0},
	{24019, 24214, 9559, 81, 0, 1},
	{24019, 24235, 4026, 0, 0, 0},
	{24019, 6237, 24240, 14484, 0, 1},
	{24019, 3075, 3085, 0, 0, 0},
	{24019, 21058, 24268, 0, 0, 0},
	{130, 14502, 14509, 0, 0, 0},
	{130, 3366, 16770, 0, 0, 2},
	{130, 16098, 16786, 0, 0, 2},
	{130, 16139, 16806, 0, 0, 2},
	{130, 16186, 16829, 0, 0, 2},
	{130, 16239, 16855, 0, 0, 2},
	{130, 16282, 16876, 0, 0, 0},
	{130, 24289, 24299, 0, 0, 3},
	{130, 24314, 24325, 0, 0, 3},
	{130, 24351, 24360, 0, 0, 0},
	{130, 24043, 24049, 0, 0, 0},
	{130, 24377, 24384, 0, 0, 2},
	{130, 24403, 24410, 0, 0, 0},
	{130, 24422, 24443, 6442, 0, 1},
	{130, 24473, 24479, 0, 0, 2},
	{130, 9, 20, 0, 0, 0},
	{130, 7493, 24497, 0, 0, 0},
	{130, 24536, 24541, 10207, 0, 1},
	{130, 42, 24562, 0, 0, 2},
	{130, 9546, 12981, 81, 0, 1},
	{130, 24173, 24179, 0, 0, 0},
	{130, 16412, 24562, 0, 0, 2},
	{130, 21058, 24268, 0, 0, 0},
	{24577, 4047, 6485, 0, 0, 3},
	{24577, 9, 20, 0, 0, 0},
	{24577, 24591, 24606, 0, 0, 0},
	{24577, 6783, 6792, 6442, 0, 1},
	{24577, 6950, 6958, 406, 0, 1},
	{24577, 24636, 24645, 406, 0, 1},
	{24577, 166, 173, 0, 0, 0},
	{24664, 4047, 6485, 0, 0, 3},
	{24664, 6888, 6900, 0, 0, 2},
	{24664, 9, 20, 0, 0, 0},
	{24664, 3732, 3740, 0, 0, 0},
	{24664, 24686, 24701, 81, 0, 1},
	{24664, 6950, 6958, 24725, 0, 1},
	{24664, 6976, 6986, 6442, 0, 1},
	{24664, 166, 173, 0, 0, 0},
	{24730, 3366, 16770, 0, 0, 2},
	{24730, 16098, 16786, 0, 0, 2},
	{24730, 16139, 16806, 0, 0, 2},
	{24730, 16186, 16829, 0, 0, 2},
	{24730, 16239, 16855, 0, 0, 2},
	{24730, 16282, 16876, 0, 0, 0},
	{24730, 24289, 24299, 0, 0, 3},
	{24730, 24043, 24049, 0, 0, 0},
	{24730, 24403, 24410, 0, 0, 0},
	{24730, 9, 20, 0, 0, 0},
	{24730, 24536, 24737, 24759, 0, 1},
	{24730, 42, 24562, 0, 0, 2},
	{24730, 9546, 12981, 81, 0, 1},
	{24730, 94, 24801, 130, 0, 1},
	{24730, 24173, 24179, 0, 0, 0},
	{24730, 16412, 24562, 0, 0, 2},
	{24730, 2750, 24833, 2806, 0, 1},
	{24730, 24870, 24884, 24922, 0, 1},
	{24730, 21058, 24268, 0, 0, 0},
	{24936, 341, 353, 406, 0, 1},
	{24936, 408, 416, 0, 0, 0},
	{24936, 464, 481, 0, 0, 6},
	{24936, 543, 556, 0, 0, 0},
	{24936, 579, 601, 0, 625, 4},
	{24936, 722, 601, 0, 741, 4},
	{24936, 823, 828, 0, 0, 3},
	{24936, 24951, 24962, 25024, 0, 1},
	{24936, 842, 853, 406, 0, 1},
	{24936, 923, 936, 406, 0, 1},
	{24936, 990, 1002, 0, 0, 2},
	{24936, 1023, 1033, 0, 0, 3},
	{24936, 9, 20, 0, 0, 0},
	{24936, 1056, 1069, 0, 0, 0},
	{24936, 42, 47, 0, 0, 2},
	{24936, 1098, 1110, 406, 0, 1},
	{24936, 1163, 1173, 0, 0, 2},
	{24936, 166, 173, 0, 0, 0},
	{24936, 1190, 1200, 406, 0, 1},
	{24936, 1251, 1257, 0, 0, 2},
	{24936, 1270, 1276, 0, 0, 0},
	{24936, 296, 301, 0, 0, 0},
	{24936, 1298, 1302, 0, 0, 5},
	{24936, 1310, 1318, 0, 0, 0},
	{2806, 14502, 14509, 0, 0, 0},
	{2806, 3366, 16770, 0, 0, 2},
	{2806, 16098, 16786, 0, 0, 2},
	{2806, 16139, 16806, 0, 0, 2},
	{2806, 16186, 16829, 0, 0, 2},
	{2806, 16239, 16855, 0, 0, 2},
	{2806, 16282, 16876, 0, 0, 0},
	{2806, 25072, 25086, 0, 0, 0},
	{2806, 24043, 24049, 0, 0, 0},
	{2806, 24377, 24384, 0, 0, 2},
	{2806, 24403, 24410, 0, 0, 0},
	{2806, 24473, 24479, 0, 0, 2},
	{2806, 9, 20, 0, 0, 0},
	{2806, 42, 24562, 0, 0, 2},
	{2806, 24173, 24179, 0, 0, 0},
	{2806, 16412, 24562, 0, 0, 2},
	{2806, 21058, 24268, 0, 0, 0},
	{25116, 14502, 14509, 0, 0, 0},
	{25116, 823, 5026, 0, 0, 3},
	{25116, 24043, 24049, 0, 0, 0},
	{25116, 14592, 14601, 12934, 0, 1},
	{25116, 9, 20, 0, 0, 0},
	{25116, 1433, 1442, 1461, 0, 1},
	{25116, 9546, 9559, 81, 0, 1},
	{25116, 24173, 24179, 0, 0, 0},
	{25116, 2750, 25133, 2806, 0, 1},
	{25116, 24235, 4026, 0, 0, 0},
	{25116, 6237, 24240, 14484, 0, 1},
	{25116, 3075, 3085, 0, 0, 0},
	{25116, 21058, 24268, 0, 0, 0},
	{25156, 2581, 2590, 17225, 0, 1},
	{25156, 1371, 1380, 0, 0, 0},
	{25156, 2006, 4026, 0, 0, 0},
	{25156, 823, 25166, 0, 0, 3},
	{25156, 5040, 5050, 8231, 0, 1},
	{25156, 9, 20, 0, 0, 0},
	{25156, 5105, 5128, 5160, 0, 1},
	{25156, 5236, 5253, 0, 0, 5},
	{25156, 1433, 1442, 1461, 0, 1},
	{25156, 5292, 5300, 25216, 0, 1},
	{25156, 94, 102, 2253, 0, 1},
	{25156, 5317, 5900, 3429, 0, 1},
	{25156, 2819, 2831, 0, 0, 0},
	{25156, 2858, 2875, 25263, 0, 1},
	{25156, 166, 173, 0, 0, 0},
	{25156, 185, 193, 5490, 0, 1},
	{25330, 3403, 3409, 3429, 0, 1},
	{25330, 3530, 3541, 0, 0, 0},
	{25330, 25341, 25352, 0, 0, 0},
	{25330, 3610, 3617, 406, 0, 1},
	{25330, 1433, 1442, 1461, 0, 1},
	{25330, 94, 25379, 130, 0, 1},
	{25330, 25406, 3593, 0, 0, 3},
	{25330, 25415, 25430, 0, 0, 0},
	{25330, 8716, 25452, 406, 0, 1},
	{25330, 25469, 25474, 0, 0, 3},
	{25500, 2006, 25514, 0, 0, 0},
	{25500, 408, 416, 0, 0, 0},
	{25500, 464, 481, 0, 0, 6},
	{25500, 543, 556, 0, 0, 0},
	{25500, 579, 601, 0, 625, 4},
	{25500, 722, 601, 0, 741, 4},
	{25500, 823, 828, 0, 0, 3},
	{25500, 24951, 25531, 0, 0, 5},
	{25500, 990, 1002, 0, 0, 2},
	{25500, 1023, 1033, 0, 0, 3},
	{25500, 9, 20, 0, 0, 0},
	{25500, 1056, 1069, 0, 0, 0},
	{25500, 42, 47, 0, 0, 2},
	{25500, 1163, 1173, 0, 0, 2},
	{25500, 166, 173, 0, 0, 0},
	{25500, 25551, 25564, 0, 0, 0},
	{25500, 1251, 1257, 0, 0, 2},
	{25500, 1298, 1302, 0, 0, 5},
	{25500, 1310, 1318, 0, 0, 0},
	{25581, 3937, 3944, 3429, 0, 1},
	{25581, 7937, 25603, 0, 0, 3},
	{25581, 2581, 2590, 17225, 0, 1},
	{25581, 5040, 5050, 5070, 0, 1},
	{25581, 9, 20, 0, 0, 0},
	{25581, 5292, 5300, 25621, 0, 1},
	{25581, 94, 102, 130, 0, 1},
	{25581, 25643, 25657, 25500, 0, 1},
	{25581, 3863, 10727, 1498, 0, 1},
	{25581, 166, 173, 0, 0, 0},
	{25581, 185, 193, 406, 0, 1},
	{24922, 14502, 14509, 0, 0, 0},
	{24922, 3366, 16770, 0, 0, 2},
	{24922, 16098, 16786, 0, 0, 2},
	{24922, 16139, 16806, 0, 0, 2},
	{24922, 16186, 16829, 0, 0, 2},
	{24922, 16239, 16855, 0, 0, 2},
	{24922, 16282, 16876, 0, 0, 0},
	{24922, 24289, 24299, 0, 0, 3},
	{24922, 24043, 24049, 0, 0, 0},
	{24922, 24403, 24410, 0, 0, 0},
	{24922, 9, 20, 0, 0, 0},
	{24922, 42, 24562, 0, 0, 2},
	{24922, 94, 2235, 130, 0, 1},
	{24922, 24173, 24179, 0, 0, 0},
	{24922, 16412, 24562, 0, 0, 2},
	{24922, 12207, 13446, 0, 0, 0},
	{24922, 21058, 24268, 0, 0, 0},
	{25681, 3937, 3944, 10298, 0, 1},
	{25681, 7937, 7946, 0, 0, 3},
	{25681, 2006, 4026, 0, 0, 0},
	{25681, 5040, 5050, 5070, 0, 1},
	{25681, 7966, 7983, 0, 0, 0},
	{25681, 9, 20, 0, 0, 0},
	{25681, 5105, 5128, 0, 0, 1},
	{25681, 5236, 5253, 0, 0, 5},
	{25681, 5273, 5280, 0, 0, 0},
	{25681, 5504, 25694, 17822, 0, 1},
	{25681, 94, 102, 130, 0, 1},
	{25681, 6711, 8038, 0, 0, 0},
	{25681, 166, 173, 0, 0, 0},
	{25681, 185, 193, 5490, 0, 1},
	{25723, 341, 353, 406, 0, 1},
	{25723, 408, 416, 0, 0, 0},
	{25723, 464, 481, 0, 0, 6},
	{25723, 543, 556, 0, 0, 0},
	{25723, 579, 601, 0, 625, 4},
	{25723, 722, 601, 0, 741, 4},
	{25723, 823, 828, 0, 0, 3},
	{25723, 842, 853, 406, 0, 1},
	{25723, 923, 936, 406, 0, 1},
	{25723, 990, 1002, 0, 0, 2},
	{25723, 1023, 1033, 0, 0, 3},
	{25723, 9, 20, 0, 0, 0},
	{25723, 1056, 1069, 0, 0, 0},
	{25723, 42, 47, 0, 0, 2},
	{25723, 1098, 1110, 406, 0, 1},
	{25723, 1163, 1173, 0, 0, 2},
	{25723, 166, 173, 0, 0, 0},
	{25723, 1190, 1200, 406, 0, 1},
	{25723, 1251, 1257, 0, 0, 2},
	{25723, 1270, 1276, 0, 0, 0},
	{25723, 1298, 1302, 0, 0, 5},
	{25723, 1310, 1318, 0, 0, 0},
	{25742, 341, 353, 406, 0, 1},
	{25742, 408, 416, 0, 0, 0},
	{25742, 464, 481, 0, 0, 6},
	{25742, 543, 556, 0, 0, 0},
	{25742, 579, 601, 0, 625, 4},
	{25742, 722, 601, 0, 741, 4},
	{25742, 823, 828, 0, 0, 3},
	{25742, 842, 853, 406, 0, 1},
	{25742, 923, 936, 406, 0, 1},
	{25742, 990, 1002, 0, 0, 2},
	{25742, 1023, 1033, 0, 0, 3},
	{25742, 9, 20, 0, 0, 0},
	{25742, 1056, 1069, 0, 0, 0},
	{25742, 42, 47, 0, 0, 2},
	{25742, 1098, 1110, 406, 0, 1},
	{25742, 1163, 1173, 0, 0, 2},
	{25742, 166, 173, 0, 0, 0},
	{25742, 1190, 1200, 406, 0, 1},
	{25742, 1251, 1257, 0, 0, 2},
	{25742, 1270, 1276, 0, 0, 0},
	{25742, 1298, 1302, 0, 0, 5},
	{25742, 1310, 1318, 0, 0, 0},
	{1704, 1371, 1380, 0, 0, 0},
	{1704, 823, 5026, 0, 0, 3},
	{1704, 19634, 25768, 0, 0, 0},
	{1704, 9, 20, 0, 0, 0},
	{1704, 25790, 25798, 0, 0, 0},
	{1704, 1433, 4082, 0, 0, 0},
	{1704, 16969, 5300, 1704, 0, 1},
	{1704, 25822, 25844, 6571, 0, 1},
	{1704, 25876, 25885, 24936, 0, 1},
	{1704, 3839, 25904, 1461, 0, 1},
	{1704, 25919, 25927, 81, 0, 1},
	{1704, 166, 173, 0, 0, 0},
	{1704, 1251, 1257, 0, 0, 2},
	{25945, 823, 5026, 0, 0, 3},
	{25945, 9, 20, 0, 0, 0},
	{25945, 25961, 25972, 130, 0, 1},
	{25945, 94, 25972, 130, 0, 1},
	{25945, 166, 173, 0, 0, 0},
	{25945, 1682, 1688, 1704, 0, 1},
	{25993, 26002, 26006, 0, 0, 0},
	{25993, 26012, 26025, 0, 0, 3},
	{25993, 26050, 26059, 0, 0, 5},
	{25993, 26082, 26092, 0, 0, 0},
	{25993, 26113, 26121, 0, 0, 5},
	{25993, 26137, 26142, 0, 0, 0},
	{26158, 4996, 26173, 1598, 0, 1},
	{26158, 823, 8010, 0, 0, 3},
	{26158, 5040, 5050, 8231, 0, 1},
	{26158, 9, 20, 0, 0, 0},
	{26158, 23492, 23499, 0, 0, 0},
	{26158, 94, 102, 2253, 0, 1},
	{26158, 5317, 9468, 10298, 0, 1},
	{26158, 26193, 26205, 0, 0, 7},
	{26158, 26277, 26282, 0, 0, 0},
	{26158, 185, 193, 5490, 0, 1},
	{26325, 408, 416, 0, 0, 0},
	{26325, 464, 481, 0, 0, 6},
	{26325, 543, 556, 0, 0, 0},
	{26325, 579, 601, 0, 625, 4},
	{26325, 722, 601, 0, 741, 4},
	{26325, 823, 828, 0, 0, 3},
	{26325, 990, 1002, 0, 0, 2},
	{26325, 1023, 1033, 0, 0, 3},
	{26325, 9, 20, 0, 0, 0},
	{26325, 1056, 1069, 0, 0, 0},
	{26325, 42, 47, 0, 0, 2},
	{26325, 1163, 1173, 0, 0, 2},
	{26325, 166, 173, 0, 0, 0},
	{26325, 1251, 1257, 0, 0, 2},
	{26325, 1298, 1302, 0, 0, 5},
	{26325, 1310, 1318, 0, 0, 0},
	{26347, 14502, 14509, 0, 0, 0},
	{26347, 2412, 3179, 2446, 0, 1},
	{26347, 823, 26356, 0, 0, 3},
	{26347, 9, 20, 0, 0, 0},
	{26347, 2960, 2977, 0, 0, 0},
	{26347, 3009, 3022, 0, 0, 0},
	{26347, 3075, 3085, 0, 0, 0},
	{26379, 23878, 26395, 0, 0, 0},
	{26379, 2006, 8104, 0, 0, 0},
	{26379, 26405, 26415, 26379, 0, 1},
	{26379, 408, 416, 0, 0, 0},
	{26379, 464, 481, 0, 0, 6},
	{26379, 543, 556, 0, 0, 0},
	{26379, 579, 601, 0, 625, 4},
	{26379, 722, 601, 0, 741, 4},
	{26379, 823, 828, 0, 0, 3},
	{26379, 923, 26446, 26379, 0, 1},
	{26379, 990, 1002, 0, 0, 2},
	{26379, 1056, 1069, 0, 0, 0},
	{26379, 42, 47, 0, 0, 2},
	{26379, 1163, 1173, 0, 0, 2},
	{26379, 166, 173, 0, 0, 0},
	{26379, 8716, 26468, 0, 0, 0},
	{26379, 296, 2335, 0, 0, 0},
	{26379, 1298, 1302, 0, 0, 5},
	{26379, 1310, 1318, 0, 0, 0},
	{2608, 7937, 7946, 0, 0, 3},
	{2608, 2581, 2590, 26480, 0, 1},
	{2608, 9005, 9015, 0, 0, 0},
	{2608, 1371, 1380, 0, 0, 0},
	{2608, 2006, 4026, 0, 0, 0},
	{2608, 5040, 5050, 8231, 0, 1},
	{2608, 9, 20, 0, 0, 0},
	{2608, 5105, 5128, 10900, 0, 1},
	{2608, 5236, 5253, 0, 0, 5},
	{2608, 5273, 5280, 0, 0, 0},
	{2608, 5797, 5808, 0, 0, 3},
	{2608, 94, 102, 2253, 0, 1},
	{2608, 5317, 9468, 5363, 0, 1},
	{2608, 26522, 18809, 0, 0, 0},
	{2608, 6711, 8038, 0, 0, 0},
	{2608, 5462, 5471, 2608, 0, 1},
	{2608, 8052, 8062, 3429, 0, 1},
	{2608, 26537, 26549, 0, 0, 0},
	{2608, 11518, 11527, 11546, 0, 1},
	{2608, 166, 173, 0, 0, 0},
	{2608, 185, 193, 11074, 0, 1},
	{3070, 2532, 2549, 0, 0, 0},
	{3070, 9, 20, 0, 0, 0},
	{3070, 26572, 26581, 26347, 0, 1},
	{3070, 2960, 2977, 0, 0, 0},
	{3070, 3009, 3022, 0, 0, 0},
	{3070, 3075, 3085, 0, 0, 0},
	{3070, 13839, 2623, 0, 0, 3},
	{3070, 166, 173, 0, 0, 0},
	{11546, 26600, 26610, 0, 0, 0},
	{11546, 14755, 26641, 0, 0, 0},
	{11546, 26677, 26687, 0, 0, 3},
	{11546, 26759, 26769, 6571, 0, 1},
	{11546, 26800, 26810, 0, 0, 0},
	{11546, 26841, 26854, 0, 0, 0},
	{11546, 9, 20, 0, 0, 0},
	{11546, 10667, 10710, 11546, 0, 1},
	{11546, 94, 102, 130, 0, 1},
	{11546, 166, 173, 0, 0, 0},
	{11546, 185, 193, 26886, 0, 1},
	{11546, 296, 301, 0, 0, 0},
	{26926, 26800, 26945, 0, 0, 0},
	{26926, 9, 20, 0, 0, 0},
	{26926, 296, 26987, 0, 0, 0},
	{4462, 27017, 27026, 0, 0, 0},
	{4462, 23878, 27043, 4462, 0, 1},
	{4462, 27068, 27078, 0, 0, 0},
	{4462, 408, 416, 0, 0, 0},
	{4462, 464, 481, 0, 0, 6},
	{4462, 543, 556, 0, 0, 0},
	{4462, 579, 601, 0, 625, 4},
	{4462, 722, 601, 0, 741, 4},
	{4462, 823, 828, 0, 0, 3},
	{4462, 27150, 27161, 0, 0, 0},
	{4462, 990, 1002, 0, 0, 2},
	{4462, 15954, 15967, 0, 0, 0},
	{4462, 27177, 27189, 0, 0, 0},
	{4462, 9, 20, 0, 0, 0},
	{4462, 1056, 1069, 0, 0, 0},
	{4462, 25790, 27207, 0, 0, 0},
	{4462, 21001, 21006, 0, 0, 0},
	{4462, 42, 47, 0, 0, 2},
	{4462, 27222, 27227, 0, 0, 0},
	{4462, 1163, 1173, 0, 0, 2},
	{4462, 166, 173, 0, 0, 0},
	{4462, 1251, 1257, 0, 0, 2},
	{4462, 296, 27289, 0, 0, 5},
	{4462, 1298, 1302, 0, 0, 5},
	{4462, 27298, 27307, 8615, 0, 1},
	{4462, 1310, 1318, 0, 0, 0},
	{27351, 408, 416, 0, 0, 0},
	{27351, 464, 481, 0, 0, 6},
	{27351, 543, 556, 0, 0, 0},
	{27351, 579, 601, 0, 625, 4},
	{27351, 722, 601, 0, 741, 4},
	{27351, 823, 828, 0, 0, 3},
	{27351, 990, 1002, 0, 0, 2},
	{27351, 9, 20, 0, 0, 0},
	{27351, 1056, 1069, 0, 0, 0},
	{27351, 42, 47, 0, 0, 2},
	{27351, 1163, 1173, 0, 0, 2},
	{27351, 166, 173, 0, 0, 0},
	{27351, 1251, 1257, 0, 0, 2},
	{27351, 1298, 1302, 0, 0, 5},
	{27351, 1310, 1318, 0, 0, 0},
	{27364, 20946, 27377, 0, 0, 0},
	{27364, 27398, 27407, 0, 0, 2},
	{27364, 27423, 27431, 0, 0, 0},
	{27364, 166, 173, 0, 0, 0},
	{27364, 296, 27452, 0, 0, 0},
	{27364, 1298, 27470, 0, 0, 5},
	{18396, 1371, 1380, 0, 0, 0},
	{18396, 2006, 27491, 0, 0, 0},
	{18396, 27564, 27585, 0, 0, 0},
	{18396, 27616, 27623, 0, 0, 3},
	{18396, 9, 20, 0, 0, 0},
	{18396, 6153, 27648, 0, 0, 6},
	{18396, 166, 173, 0, 0, 0},
	{18396, 27675, 27695, 18396, 0, 1},
	{27735, 2006, 27758, 0, 0, 0},
	{27784, 9, 20, 0, 0, 0},
	{27784, 94, 2235, 2253, 0, 1},
	{27784, 18029, 18038, 6571, 0, 1},
	{27784, 166, 173, 0, 0, 0},
	{27784, 27799, 27808, 6442, 0, 1},
	{27827, 1371, 1380, 0, 0, 0},
	{27827, 823, 7946, 0, 0, 3},
	{27827, 9, 20, 0, 0, 0},
	{27827, 8052, 8062, 3429, 0, 1},
	{27827, 166, 173, 0, 0, 0},
	{27827, 185, 27841, 27861, 0, 1},
	{27827, 27799, 27808, 27891, 0, 1},
	{24725, 10758, 7946, 0, 0, 3},
	{24725, 2581, 2590, 406, 0, 1},
	{24725, 27922, 27938, 0, 0, 0},
	{24725, 2006, 4026, 0, 0, 0},
	{24725, 5040, 5050, 5070, 0, 1},
	{24725, 19634, 19757, 406, 0, 1},
	{24725, 7966, 7983, 0, 0, 0},
	{24725, 9, 20, 0, 0, 0},
	{24725, 5273, 5280, 0, 0, 0},
	{24725, 27969, 27978, 0, 0, 3},
	{24725, 59, 65, 5363, 0, 1},
	{24725, 5292, 5300, 24725, 0, 1},
	{24725, 94, 28000, 130, 0, 1},
	{24725, 5317, 18809, 0, 0, 0},
	{24725, 138, 28024, 0, 0, 3},
	{24725, 6711, 8038, 0, 0, 0},
	{24725, 8052, 8062, 3429, 0, 1},
	{24725, 166, 173, 0, 0, 0},
	{24725, 185, 28047, 406, 0, 1},
	{28061, 408, 416, 0, 0, 0},
	{28061, 464, 481, 0, 0, 6},
	{28061, 543, 556, 0, 0, 0},
	{28061, 579, 601, 0, 625, 4},
	{28061, 722, 601, 0, 741, 4},
	{28061, 823, 828, 0, 0, 3},
	{28061, 990, 1002, 0, 0, 2},
	{28061, 1056, 1069, 0, 0, 0},
	{28061, 42, 47, 0, 0, 2},
	{28061, 1163, 1173, 0, 0, 2},
	{28061, 166, 173, 0, 0, 0},
	{28061, 1251, 1257, 0, 0, 2},
	{28061, 1298, 1302, 0, 0, 5},
	{28061, 1310, 1318, 0, 0, 0},
	{28085, 9, 20, 0, 0, 0},
	{28085, 9889, 9896, 0, 0, 3},
	{28085, 5504, 28096, 0, 0, 5},
	{28085, 11433, 28116, 0, 0, 0},
	{28085, 28128, 28135, 0, 0, 2},
	{28085, 28149, 28160, 28181, 0, 1},
	{28181, 408, 416, 0, 0, 0},
	{28181, 464, 481, 0, 0, 6},
	{28181, 543, 556, 0, 0, 0},
	{28181, 579, 601, 0, 625, 4},
	{28181, 722, 601, 0, 741, 4},
	{28181, 823, 828, 0, 0, 3},
	{28181, 990, 1002, 0, 0, 2},
	{28181, 9, 20, 0, 0, 0},
	{28181, 1056, 1069, 0, 0, 0},
	{28181, 42, 47, 0, 0, 2},
	{28181, 1163, 1173, 0, 0, 2},
	{28181, 166, 173, 0, 0, 0},
	{28181, 28192, 28214, 0, 0, 2},
	{28181, 1251, 1257, 0, 0, 2},
	{28181, 1298, 1302, 0, 0, 5},
	{28181, 1310, 1318, 0, 0, 0},
	{8615, 2006, 28253, 0, 0, 0},
	{8615, 408, 416, 0, 0, 0},
	{8615, 464, 481, 0, 0, 6},
	{8615, 543, 556, 0, 0, 0},
	{8615, 579, 601, 0, 625, 4},
	{8615, 722, 601, 0, 741, 4},
	{8615, 823, 828, 0, 0, 3},
	{8615, 990, 1002, 0, 0, 2},
	{8615, 28316, 28326, 0, 0, 5},
	{8615, 9, 20, 0, 0, 0},
	{8615, 1056, 1069, 0, 0, 0},
	{8615, 42, 47, 0, 0, 2},
	{8615, 1163, 1173, 0, 0, 2},
	{8615, 28351, 28361, 0, 0, 5},
	{8615, 166, 173, 0, 0, 0},
	{8615, 1251, 1257, 0, 0, 2},
	{8615, 1298, 1302, 0, 0, 5},
	{8615, 1310, 1318, 0, 0, 0},
	{28388, 8716, 25452, 406, 0, 1},
	{28407, 28426, 28438, 0, 0, 3},
	{28407, 5040, 5050, 8231, 0, 1},
	{28407, 9, 20, 0, 0, 0},
	{28407, 94, 2235, 2253, 0, 1},
	{28407, 28459, 28470, 6571, 0, 1},
	{28407, 166, 173, 0, 0, 0},
};
