# The proxy: Debian's nginx, the one with which the tests run.
FROM debian:bookworm-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends nginx-light \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin proxy-user

COPY deploy/nginx.conf /etc/distance-travelled/nginx.conf

USER 10001:10001
EXPOSE 8080 8443
# The public name is put in its place, and nothing is written but below /tmp.
ENTRYPOINT ["/bin/sh", "-euc", "sed \"s/dashboard\\.example\\.gov\\.uk/${PUBLIC_NAME:?}/g\" /etc/distance-travelled/nginx.conf > /tmp/nginx.conf && exec nginx -e stderr -c /tmp/nginx.conf"]
