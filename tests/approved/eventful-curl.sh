#!/bin/sh
# Tokens, keys and patients are masked in the evidence: put your own in their place.

# exchange 1: book one free slot (201)
curl -i -X POST https://gp.example/A82648/STU3/1/gpconnect/Appointment \
  -H 'Authorization: Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2NvbnN1bWVyLmV4YW1wbGUiLCJyZXF1ZXN0ZWRfcmVjb3JkIjp7InJlc291cmNlVHlwZSI6IlBhdGllbnQiLCJpZGVudGlmaWVyIjpbeyJ2YWx1ZSI6Ijk0NzY3MTk5MzEifV19fQ.' \
  -H 'Content-Type: application/fhir+json' \
  -H 'Ssp-InteractionID: urn:nhs:names:services:gpconnect:fhir:rest:create:appointment-1' \
  -H 'Ssp-TraceID: 09a01679-2564-0fb4-5129-000000000001' \
  --data-binary '{"resourceType": "Appointment", "id": "1", "meta": {"versionId": "1", "profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Appointment-1"]}, "status": "booked", "start": "2026-11-24T09:00:00+00:00", "end": "2026-11-24T09:10:00+00:00", "participant": [{"actor": {"reference": "Patient/2", "display": "Meakin"}, "status": "accepted"}]}'

# exchange 5: book one free slot (no response)
curl -i -X GET https://gp.example/A82648/STU3/1/gpconnect/Appointment \
  -H 'Authorization: Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2NvbnN1bWVyLmV4YW1wbGUiLCJyZXF1ZXN0ZWRfcmVjb3JkIjp7InJlc291cmNlVHlwZSI6IlBhdGllbnQiLCJpZGVudGlmaWVyIjpbeyJ2YWx1ZSI6Ijk0NzY3MTk5MzEifV19fQ.' \
  -H 'Content-Type: application/fhir+json' \
  -H 'Ssp-InteractionID: urn:nhs:names:services:gpconnect:fhir:rest:create:appointment-1' \
  -H 'Ssp-TraceID: 09a01679-2564-0fb4-5129-000000000005'

# exchange 7: book one free slot (302)
curl -i -X GET https://gp.example/A82648/STU3/1/gpconnect/Appointment \
  -H 'Authorization: Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2NvbnN1bWVyLmV4YW1wbGUiLCJyZXF1ZXN0ZWRfcmVjb3JkIjp7InJlc291cmNlVHlwZSI6IlBhdGllbnQiLCJpZGVudGlmaWVyIjpbeyJ2YWx1ZSI6Ijk0NzY3MTk5MzEifV19fQ.' \
  -H 'Content-Type: application/fhir+json' \
  -H 'Ssp-InteractionID: urn:nhs:names:services:gpconnect:fhir:rest:create:appointment-1' \
  -H 'Ssp-TraceID: 09a01679-2564-0fb4-5129-000000000007'

# exchange 20: book one free slot (201)
curl -i -X GET https://gp.example/A82648/STU3/1/gpconnect/Appointment \
  -H 'Authorization: Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2NvbnN1bWVyLmV4YW1wbGUiLCJyZXF1ZXN0ZWRfcmVjb3JkIjp7InJlc291cmNlVHlwZSI6IlBhdGllbnQiLCJpZGVudGlmaWVyIjpbeyJ2YWx1ZSI6Ijk0NzY3MTk5MzEifV19fQ.' \
  -H 'Content-Type: application/fhir+json' \
  -H 'Ssp-InteractionID: urn:nhs:names:services:gpconnect:fhir:rest:create:appointment-1' \
  -H 'Ssp-TraceID: 09a01679-2564-0fb4-5129-000000000020'

# exchange 40: two lines (201)
base64 -d <<'END' | \
  curl -i -X POST 'https://a.test/it'"'"'s' \
  -H 'Authorization: Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2NvbnN1bWVyLmV4YW1wbGUiLCJyZXF1ZXN0ZWRfcmVjb3JkIjp7InJlc291cmNlVHlwZSI6IlBhdGllbnQiLCJpZGVudGlmaWVyIjpbeyJ2YWx1ZSI6Ijk0NzY3MTk5MzEifV19fQ.' \
  -H 'Content-Type: application/fhir+json' \
  -H 'Ssp-InteractionID: urn:nhs:names:services:gpconnect:fhir:rest:create:appointment-1' \
  -H 'Ssp-TraceID: 09a01679-2564-0fb4-5129-000000000040' \
  --data-binary @-
QHg=
END

# exchange 41: two lines (201)
base64 -d <<'END' | \
  curl -i -X POST 'https://a.test/it'"'"'s' \
  -H 'Authorization: Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2NvbnN1bWVyLmV4YW1wbGUiLCJyZXF1ZXN0ZWRfcmVjb3JkIjp7InJlc291cmNlVHlwZSI6IlBhdGllbnQiLCJpZGVudGlmaWVyIjpbeyJ2YWx1ZSI6Ijk0NzY3MTk5MzEifV19fQ.' \
  -H 'Content-Type: application/fhir+json' \
  -H 'Ssp-InteractionID: urn:nhs:names:services:gpconnect:fhir:rest:create:appointment-1' \
  -H 'Ssp-TraceID: 09a01679-2564-0fb4-5129-000000000041' \
  --data-binary @-
AA==
END

# exchange 42: two lines (201)
base64 -d <<'END' | \
  curl -i -X POST 'https://a.test/it'"'"'s' \
  -H 'Authorization: Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2NvbnN1bWVyLmV4YW1wbGUiLCJyZXF1ZXN0ZWRfcmVjb3JkIjp7InJlc291cmNlVHlwZSI6IlBhdGllbnQiLCJpZGVudGlmaWVyIjpbeyJ2YWx1ZSI6Ijk0NzY3MTk5MzEifV19fQ.' \
  -H 'Content-Type: application/fhir+json' \
  -H 'Ssp-InteractionID: urn:nhs:names:services:gpconnect:fhir:rest:create:appointment-1' \
  -H 'Ssp-TraceID: 09a01679-2564-0fb4-5129-000000000042' \
  --data-binary @-
/w==
END

# exchange 43: two lines (201)
base64 -d <<'END' | \
  curl -i -X POST 'https://a.test/it'"'"'s' \
  -H 'Authorization: Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2NvbnN1bWVyLmV4YW1wbGUiLCJyZXF1ZXN0ZWRfcmVjb3JkIjp7InJlc291cmNlVHlwZSI6IlBhdGllbnQiLCJpZGVudGlmaWVyIjpbeyJ2YWx1ZSI6Ijk0NzY3MTk5MzEifV19fQ.' \
  -H 'Content-Type: application/fhir+json' \
  -H 'Ssp-InteractionID: urn:nhs:names:services:gpconnect:fhir:rest:create:appointment-1' \
  -H 'Ssp-TraceID: 09a01679-2564-0fb4-5129-000000000043' \
  --data-binary @-
eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4…
# exchange 44: two lines (201)
curl -i -X POST 'https://a.test/it'"'"'s' \
  -H 'Authorization: Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2NvbnN1bWVyLmV4YW1wbGUiLCJyZXF1ZXN0ZWRfcmVjb3JkIjp7InJlc291cmNlVHlwZSI6IlBhdGllbnQiLCJpZGVudGlmaWVyIjpbeyJ2YWx1ZSI6Ijk0NzY3MTk5MzEifV19fQ.' \
  -H 'Content-Type: application/fhir+json' \
  -H 'Ssp-InteractionID: urn:nhs:names:services:gpconnect:fhir:rest:create:appointment-1' \
  -H 'Ssp-TraceID: 09a01679-2564-0fb4-5129-000000000044' \
  --data-binary 'it'"'"'s'

# exchange 50: book one free slot (201)
curl -i -X POST https://gp.example/A82648/STU3/1/gpconnect/Appointment \
  -H 'X-Empty;' \
  --data-binary '{"resourceType": "Appointment", "id": "50", "meta": {"versionId": "1", "profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Appointment-1"]}, "status": "booked", "start": "2026-11-24T09:00:00+00:00", "end": "2026-11-24T09:10:00+00:00", "participant": [{"actor": {"reference": "Patient/2", "display": "Meakin"}, "status": "accepted"}]}'
