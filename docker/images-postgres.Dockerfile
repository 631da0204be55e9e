# A stand-in for the official image postgres:PG_MAJOR, for docker/images alone: the
# same package, user, folders and first start, as far as our image needs them.

FROM debian:trixie-slim
ARG PG_MAJOR
ENV PG_MAJOR=$PG_MAJOR
RUN groupadd -r -g 999 postgres \
	&& useradd -r -g postgres -u 999 -d /var/lib/postgresql -s /bin/bash postgres \
	&& apt-get update \
	&& mkdir -p /etc/postgresql-common/createcluster.d \
	&& echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/none.conf \
	&& apt-get install -y --no-install-recommends postgresql-"$PG_MAJOR" util-linux \
	&& rm -rf /var/lib/apt/lists/* \
	&& mkdir -p /docker-entrypoint-initdb.d /var/lib/postgresql/data /var/run/postgresql \
	&& chown -R postgres:postgres /var/lib/postgresql /var/run/postgresql
COPY images-entrypoint /usr/local/bin/docker-entrypoint.sh
ENV PGDATA=/var/lib/postgresql/data
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
