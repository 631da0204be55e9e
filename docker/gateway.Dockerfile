# The gateway: one program, the libraries that it needs, and nothing else.
#
#	docker build -f docker/gateway.Dockerfile -t fhir-bridge-gateway .
#	docker run --read-only -p 5000:5000 -e DB_HOST=... -e DB_PASSWORD=... -e JWT_SECRET=... fhir-bridge-gateway
#
# npm has to reach its registry, for the page and Swagger UI: without them the
# build fails.  There is no shell in the image.  The user has no name and no rights; $export
# wants a volume at EXPORT_DIR that user 65532 may write to.

FROM debian:trixie-slim AS build
RUN apt-get update \
	&& apt-get install -y --no-install-recommends gcc make libc6-dev libevent-dev libjansson-dev libssl-dev libpq-dev ca-certificates nodejs npm
COPY . /src
WORKDIR /src
RUN make -j"$(nproc)" gateway \
	&& { test -s build/gateway/npm/page/built/index.html && test -d build/gateway/npm/swagger/node_modules \
		|| { cat build/gateway/npm/*/npm.log; exit 1; }; } \
	&& mkdir -p /image/usr/bin /image/etc/ssl/certs /image/tmp \
	&& strip -o /image/usr/bin/fhir-bridge-gateway build/fhir-bridge-gateway \
	&& docker/libraries /image /image/usr/bin/fhir-bridge-gateway \
	&& cp -L /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
	&& printf 'gateway:x:65532:65532::/:/nonexistent\n' > /image/etc/passwd \
	&& printf 'gateway:x:65532:\n' > /image/etc/group \
	&& chmod 1777 /image/tmp

FROM scratch
COPY --from=build /image/ /
USER 65532:65532
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/usr/bin/fhir-bridge-gateway", "--check"]
ENTRYPOINT ["/usr/bin/fhir-bridge-gateway"]
