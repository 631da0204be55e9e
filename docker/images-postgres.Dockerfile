# A stand-in for the official image postgres:17, for docker/images alone: the
# same package, user, folders and first start, as far as our image needs them.

FROM debian:trixie-slim
RUN apt-get update \
	&& mkdir -p /etc/postgresql-common/createcluster.d \
	&& echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/none.conf \
	&& apt-get install -y --no-install-recommends postgresql-17 util-linux \
	&& rm -rf /var/lib/apt/lists/* \
	&& usermod -u 999 postgres && groupmod -g 999 postgres \
	&& mkdir -p /docker-entrypoint-initdb.d /var/lib/postgresql/data /var/run/postgresql \
	&& chown -R postgres:postgres /var/lib/postgresql /var/run/postgresql
COPY images-entrypoint /usr/local/bin/docker-entrypoint.sh
ENV PGDATA=/var/lib/postgresql/data
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
