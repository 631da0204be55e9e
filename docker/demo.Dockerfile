# What the demonstration needs beside the database: the invented hospital's
# scripts, the packs, and a stand-in for the hospital's suggestion service.
#
#	docker build -f docker/demo.Dockerfile -t fhir-bridge-demo .
#
# For docker/compose.yaml alone: none of it belongs on a hospital's machine.

ARG PG_MAJOR=17
FROM postgres:$PG_MAJOR
RUN apt-get update \
	&& apt-get install -y --no-install-recommends python3 \
	&& rm -rf /var/lib/apt/lists/*
COPY src/packs /demo/src/packs
COPY src/gateway/gateway_role.sql /demo/src/gateway/
COPY test/demo /demo/test/demo
COPY test/mock/aics.py /demo/test/mock/
COPY docker/demo /demo/docker/demo
USER postgres
WORKDIR /demo
