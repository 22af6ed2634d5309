#!/usr/bin/env bash
# System programs that pip cannot install. Named with the command that installs them; installed by itself in CI.
# Usage: deploy/need.sh test|bench|security
set -euo pipefail
packages=()
need() { command -v "$1" > /dev/null || packages+=("$2"); }
case "${1:-test}" in
  test | bench) need nginx nginx; need sipp sip-tester; need chromium chromium; need firefox-esr firefox-esr; need baresip baresip-core; need ip iproute2
    # A domain controller of Active Directory, and tickets of its own.
    need samba samba-ad-dc; need samba samba-ad-provision; need kinit krb5-user ;;
  security) need nginx nginx; need testssl testssl.sh ;;
esac
[ ${#packages[@]} -eq 0 ] && exit 0
if [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" > /dev/null
else
  echo "Missing system programs. Install them with: sudo apt-get install ${packages[*]}" >&2
  exit 1
fi
