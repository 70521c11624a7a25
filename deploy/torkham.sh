#!/bin/sh
# `torkham` for the administrator of a server: in the service's folder, as the service's user.
# Called as root without this, a command would leave files there that the service cannot write.
cd /var/lib/torkham || exit 1
umask 077
if [ "$(id -un)" = torkham ]; then
    exec /opt/torkham/bin/torkham "$@"
fi
exec runuser -u torkham -- /opt/torkham/bin/torkham "$@"
