#!/bin/sh
# Writes the secrets of compose.yml once, each with a random password; what is there stays.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets

password() {
    test -s "secrets/$1" || head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >"secrets/$1"
}
password redis_password
password redis_health_password
password grafana_password

# The rights of redis-health are what "redis-health acl" prints; replicas and Sentinels log in as the
# user "replication".
password replication_password
# They are not writable, not even by their owner.
rm -f secrets/redis_users secrets/redis_replica.conf secrets/sentinel_login.conf
{
    printf 'user default on >%s ~* &* +@all\n' "$(cat secrets/redis_password)"
    printf 'user redis-health on >%s %s\n' "$(cat secrets/redis_health_password)" \
        '+ping +client|setname +info +config|get +latency|histogram +latency|latest +acl|dryrun +slowlog|len +slowlog|get'
    printf 'user replication on >%s resetchannels &__sentinel__:* %s\n' "$(cat secrets/replication_password)" \
        '+psync +replconf +ping +multi +exec +info +role +publish +subscribe +config|rewrite +client|setname +client|kill +slaveof +script|kill'
} >secrets/redis_users
printf 'masteruser replication\nmasterauth %s\n' "$(cat secrets/replication_password)" >secrets/redis_replica.conf
printf 'sentinel auth-user main replication\nsentinel auth-pass main %s\n' \
    "$(cat secrets/replication_password)" >secrets/sentinel_login.conf
# Containers that are not root read them; who may enter this directory is up to you.
chmod 0444 secrets/*
chmod 0711 secrets
