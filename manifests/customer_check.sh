#!/bin/sh
# Checks whether this server can reach the licensing portal, in one go, and prints a short report.
#
#   sh customer_check.sh [--host NAME] [--port N] [--ticket N] [--rails]
#
# It only looks: nothing on this server is changed, and nothing is sent anywhere but to the portal
# itself (an ordinary page view and an empty question to its API); your name servers are asked for
# the portal, and for a name that cannot exist, to see whether they make answers up. Temporary files live in one
# folder that is removed at the end. Passwords, cookies and host names of yours are not printed.
# Run it on the server where the application runs, as root if you can; it works without, too.
# --rails also asks the application itself, which takes up to two minutes.
set -u
# Whatever shell started this: no step may end it, and no alias or function stand in for a tool.
set +efC
\unalias -a 2>/dev/null
unset -f cat cksum curl cut date dig fold getent grep head openssl ping rm sed sort tail timeout tr 2>/dev/null
LC_ALL=C
# A poor PATH (a task's, a container's, `env -i`) must not hide what is installed.
PATH=${PATH:-/usr/bin:/bin}
for _t in cat cut date grep head sed sleep sort tail tr; do
  command -v "$_t" >/dev/null 2>&1 || { PATH=$PATH:/usr/local/bin:/usr/bin:/bin; break; }
done
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
# What was closed must not be opened again as somebody else's file.
(: <&0) 2>/dev/null || exec </dev/null
(: >&2) 2>/dev/null || exec 2>/dev/null
if ! (: >&1) 2>/dev/null; then
  exec >&2
  echo "standard output is closed: the report will stand here" >&2
fi
unset CDPATH LANGUAGE GREP_OPTIONS WGETRC
umask 077
VERSION=1
have() { command -v "$1" >/dev/null 2>&1; }
say() { printf '%s\n' "$*" >&2; }

HOST=${CLC_HOST:-customers.example_company.com}
PORT=${CLC_PORT:-443}
TICKET=${CLC_TICKET:-}
RAILS=''
TOTAL=24

usage() { sed -n '/^# Checks whether/,/^# --rails/s/^# \{0,1\}//p' "$0" 2>/dev/null; }
while [ $# -gt 0 ]; do
  case $1 in
    --host=* | --port=* | --ticket=*) _o=${1%%=*} _v=${1#*=}; shift; set -- "$_o" "$_v" "$@"; continue ;;
    --host) HOST=${2:-}; shift ;;
    --port) PORT=${2:-}; shift ;;
    --ticket) TICKET=${2:-}; shift ;;
    --rails) RAILS=yes ;;
    -h | --help) usage; exit 0 ;;
    *) echo "unknown option: $1 (see --help)" >&2; exit 2 ;;
  esac
  [ $# -gt 0 ] && shift
done
case $HOST in '' | -* | *[!A-Za-z0-9._-]*) echo "--host wants a host name" >&2; exit 2 ;; esac
case $PORT in '' | *[!0-9]*) echo "--port wants a number" >&2; exit 2 ;; esac
case $TICKET in *[!0-9]*) echo "--ticket wants a number" >&2; exit 2 ;; esac
[ -z "$RAILS" ] || TOTAL=115

# A folder of our own, where there is room to write.
T=''
for _d in "${TMPDIR:-/tmp}" /tmp /var/tmp /dev/shm "${XDG_RUNTIME_DIR:-/run}" "${HOME:-/tmp}" .; do
  T=$(mktemp -d "$_d/clcheck.XXXXXX" 2>/dev/null) || { T=$_d/clcheck.$$; mkdir "$T" 2>/dev/null || T=''; }
  [ -n "$T" ] || continue
  (printf '%100000s' '' >"$T/room") 2>/dev/null && rm -f "$T/room" && break
  rm -rf "$T"
  T=''
done
if [ -z "$T" ]; then
  echo "no temporary folder could be made: set TMPDIR to a folder with room that you may write to" >&2
  exit 2
fi
# In bash a background step that is ended right after its start still has our traps: it must not take
# the folder away. Only our own process ($$; the parent of a command's shell) tidies up.
DONE=''
finish() {
  if [ -z "$DONE" ]; then
    say "the check ended before its report, perhaps for want of processes or memory (see ulimit -a): please run it again, as root if you can"
    # No more processes can be had for the rest, perhaps; only bash's steps could come here, too.
    if [ -z "${BASH_VERSION:-}" ]; then
      DONE=yes
      for _f in "$T"/pid.*; do
        [ -e "$_f" ] && kill "${_f##*.}" 2>/dev/null
      done
      exec rm -rf "$T"
    fi
  fi
  _q=$(exec /bin/sh -c 'echo "$PPID"' 2>/dev/null)
  [ -z "$_q" ] || [ "$_q" = "$$" ] || return 0
  for _f in "$T"/pid.*; do
    [ -e "$_f" ] && kill "${_f##*.}" 2>/dev/null
  done
  rm -rf "$T"
}
# Whoever interrupts it gets what is known by then; the second time it ends at once.
STOPPED=''
interrupted() {
  STOPPED=yes TOTAL=0
  trap 'DONE=yes; exit 130' INT TERM
  say "  interrupted: this is what was seen until now"
}
trap finish EXIT
trap 'DONE=yes; exit 130' HUP
trap 'DONE=yes; exit 141' PIPE
trap interrupted INT TERM
printf 'x\r\n\r\n' >"$T/nothing"
# Nobody's .digrc or .wgetrc changes what the tools print, and none writes its .rnd there.
OWN_HOME=${HOME:-/}
HOME=$T
export HOME

# ------------------------------------------------------------------------------------- time and limits
START=$(date +%s)
case $(date +%s%N) in *[!0-9]* | ??????????) FINE='' ;; *) FINE=yes ;; esac
now_ms() {
  if [ -n "$FINE" ]; then _n=$(date +%s%N); printf '%s' "${_n%??????}"; else printf '%s000' "$(date +%s)"; fi
}
# What is left of the whole time, at most $1 seconds.
left() {
  _l=$((START + TOTAL - $(date +%s)))
  [ "$_l" -lt "$1" ] && printf '%s' "$_l" || printf '%s' "$1"
}
if have timeout && timeout 5 true >/dev/null 2>&1; then TIMEOUT=yes; else TIMEOUT=; fi
if sleep 0.1 2>/dev/null; then NAP=0.2; else NAP=1; fi
# Our own alarm clock: ends process $2 after $1 seconds; takes its sleep along when it is stopped.
alarm() {
  sleep "$1" &
  _z=$!
  trap 'kill "$_z" 2>/dev/null; exit 0' TERM
  wait "$_z"
  kill "$2" 2>/dev/null
}
IN=/dev/null
# limit SECONDS COMMAND…: runs the command, ends it when its time is over (124 or a signal's code).
limit() {
  _s=$(left "$1") _full=$1
  shift
  _rc=124
  [ "$_s" -gt 0 ] || { shortened; return 124; }
  if [ -n "$TIMEOUT" ]; then
    timeout "$_s" "$@" <"$IN" &
    _p=$! _w=''
  else
    "$@" <"$IN" &
    _p=$!
    alarm "$_s" "$_p" >/dev/null 2>&1 &
    _w=$!
  fi
  : >"$T/pid.$_p"
  [ -z "$_w" ] || : >"$T/pid.$_w"
  wait "$_p"
  _rc=$?
  [ -z "$_w" ] || { kill "$_w" 2>/dev/null; rm -f "$T/pid.$_w"; }
  rm -f "$T/pid.$_p"
  # Our whole time was over before its own: nothing follows from its silence.
  case $_rc in 124 | 137 | 143) [ "$_s" -ge "$_full" ] || shortened ;; esac
  return "$_rc"
}
STEP=''
shortened() { [ -z "$STEP" ] || : >"$T/short.$STEP"; }
is_short() { [ -n "$STEP" ] && [ -e "$T/short.$STEP" ]; }
# step NAME FUNCTION ARGUMENTS…: runs it beside the others; $T/done.NAME appears when it is over.
step() {
  STEP=$1
  shift
  { "$@"; is_short || : >"$T/done.$STEP"; } >/dev/null 2>&1 &
  : >"$T/pid.$!"
  : >"$T/step.$STEP"
  STEP=''
}
# running [PREFIX]: is a step of this kind still under way?
running() {
  for _f in "$T/step.${1:-}"*; do
    [ -e "$_f" ] || return 1
    _x=${_f#"$T"/step.}
    [ -e "$T/done.$_x" ] || [ -e "$T/short.$_x" ] || return 0
  done
  return 1
}
# await SECONDS [PREFIX]: waits for these steps, at most so long, never beyond the whole time.
await() {
  _end=$(($(date +%s) + $1))
  while running "${2:-}"; do
    [ "$(date +%s)" -lt "$_end" ] && [ "$(left 99)" -gt 0 ] || return 1
    sleep "$NAP"
  done
}

# ------------------------------------------------------------------------------------------- records
# A record is `name;key=value;key=value;;`: it stays whole when mail quotes, wraps or indents it.
esc() {
  case $1 in
    *[!A-Za-z0-9._:/,-]*)
      printf '%s' "$1" | tr '\n\r\t' '   ' | cut -c1-200 | sed -e 's/%/%25/g; s/+/%2B/g; s/;/%3B/g
s/=/%3D/g; s/"/%22/g; s/'\''/%27/g; s/</%3C/g; s/>/%3E/g; s/&/%26/g; s/\*/%2A/g; s/@/%40/g; s/#/%23/g
s/(/%28/g; s/)/%29/g; s/!/%21/g; s/?/%3F/g; s/\[/%5B/g; s/\]/%5D/g; s/|/%7C/g; s/~/%7E/g
s/  */+/g; s/[^A-Za-z0-9._:/,%+-]/_/g' ;;
    *) printf '%s' "$1" ;;
  esac
}
# rec FILE NAME KEY VALUE…: writes a record; what has no value is left out.
rec() {
  ! is_short || return
  _file=$1 _r=$2
  shift 2
  while [ $# -gt 1 ]; do
    [ -z "$2" ] || _r="$_r;$1=$(esc "$2")"
    shift 2
  done
  printf '%s;;\n' "$_r" >"$T/rec.$_file"
}
# A time in seconds as curl prints it, in whole milliseconds; nothing when it never came to it.
ms() {
  case $1 in *[!0-9.,]* | '') return ;; esac
  _i=${1%%[.,]*} _d=${1#*[.,]}
  [ "$_d" = "$1" ] && _d=0
  _d=$(printf '%.3s' "${_d}000")
  _d=$((${_i:-0} * 1000 + 1$_d - 1000))
  case $_d$1 in 0*[1-9]*) _d=1 ;; 0*) return ;; esac
  printf '%s' "$_d"
}
# No user names, passwords or queries of addresses leave this server.
# Of a proxy only the kind, the host and the port; nothing where its password hides the host.
bare_proxy() {
  _u=$(printf '%s' "$1" | tr -d '\n\r\t ')
  _at=${_u##*@} _as=''
  case $_u in *://*) _as=${_u%%://*}:// ;; esac
  case $_as in *[!A-Za-z0-9:/]*) _as='' ;; esac
  case $_u in *@*) _u=${_u%@*}; _u=${_u#"$_as"} _u=${_u#//} ;; *) _u='' _at=${_at#"$_as"} ;; esac
  _at=${_at#//}
  case $_u in */* | *\?* | *#*) printf '%sunreadable' "$_as"; return ;; esac
  printf '%s' "$_as${_at%%[!][A-Za-z0-9._:-]*}" | cut -c1-120
}
# Exceptions are names and networks; what holds an address with a password is none of these.
bare_list() {
  case $1 in *@* | *://*) echo unreadable; return ;; esac
  printf '%s' "$1" | tr '\n\r\t ' ',,,,' | sed -e 's/,,*/,/g; s/,$//'
}
bare_url() { printf '%s' "$1" | sed -e 's,//[^/]*@,//,; s,^[^/@]*@,,; s,[?#].*,,' | cut -c1-120; }

# ------------------------------------------------------------------------------------- what is installed
EMBEDDED=
for _f in /opt/*/embedded/bin/openssl; do
  [ -x "$_f" ] && EMBEDDED=${_f%/bin/openssl} && break
done
# A curl from a snap sees another /tmp, so that its answers never reach us.
CURL=
case $(command -v curl 2>/dev/null) in '' | /snap/* | /var/lib/snapd/*) ;; *) CURL=curl ;; esac
if [ -z "$CURL" ] && [ -n "$EMBEDDED" ] && [ -x "$EMBEDDED/bin/curl" ]; then CURL=$EMBEDDED/bin/curl; fi
OPENSSL=
if have openssl; then OPENSSL=openssl; elif [ -n "$EMBEDDED" ]; then OPENSSL=$EMBEDDED/bin/openssl; fi
# BusyBox's wget goes by the same name; it verifies nothing and knows no tunnels.
WGET=''
case $(wget --version 2>/dev/null) in "GNU Wget"*) WGET=wget ;; esac
# The application speaks HTTP/1.1. (Not asked by --version: some curls look this host's name up then.)
HTTP1=''
if [ -n "$CURL" ]; then
  limit 3 "$CURL" -q -s --http1.1 -o /dev/null file:///dev/null 2>/dev/null
  [ $? -eq 2 ] || HTTP1=--http1.1
fi

is_open_folder() { [ -d "$1" ] && [ -r "$1" ] && [ -x "$1" ]; }

# Where a program may not be given capabilities, a plain copy of ping can still use the kernel's
# unprivileged sockets.
PING=''
if have ping; then
  PING=ping
  case $(ping -n -c 1 -W 1 127.0.0.1 2>&1) in
    *"not permitted"* | *"ermission denied"*)
      cp "$(command -v ping)" "$T/ping" 2>/dev/null && chmod 700 "$T/ping" && PING=$T/ping ;;
  esac
fi

about_host() {
  _tools=''
  for _t in curl openssl dig host nslookup getent ping nc bash timeout; do
    have "$_t" && _tools="$_tools,$_t"
  done
  _os=$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' /etc/os-release 2>/dev/null | head -n 1)
  _root=no
  [ "$(id -u 2>/dev/null)" = 0 ] && _root=yes
  _node=$( (hostname || uname -n) 2>/dev/null | cksum 2>/dev/null | cut -d ' ' -f 1)
  rec 00 check v "$VERSION" host "$HOST" port "$PORT" ticket "$TICKET" at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    os "$_os" root "$_root" node "$_node" tools "${_tools#,}"
}
about_product() {
  _v='' _n=''
  for _f in /opt/*/embedded/service/*-rails/VERSION /opt/*/version-manifest.txt /srv/*/VERSION; do
    [ -r "$_f" ] || continue
    # A container of the application alone has it in /srv; other programs' folders may lie there, too.
    case $_f in /srv/*) [ -e "${_f%/*}/config.ru" ] || continue ;; esac
    _v=$(head -n 1 "$_f" | cut -c1-60) _n=${_f#/*/}
    _n=${_n%%/*}
    break
  done
  _certs=''
  for _f in /etc/*/trusted-certs/*; do
    [ -e "$_f" ] || continue
    _n=${_n:-$(printf '%s' "$_f" | cut -d / -f 3)}
    _certs="$_certs,${_f##*/}"
  done
  rec 05 product name "$_n" ver "$_v" embedded "${EMBEDDED:+yes}" certs "$(printf '%s' "${_certs#,}" | cut -c1-200)"
}
# The proxy variables: this shell's, and those that the application was given.
about_proxies() {
  for _v in https_proxy HTTPS_PROXY http_proxy HTTP_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY; do
    eval "_x=\${$_v:-}"
    [ -n "$_x" ] || continue
    case $_v in
      no_* | NO_*) rec "06.$_v" env name "$_v" val "$(bare_list "$_x")" ;;
      *) rec "06.$_v" env name "$_v" val "$(bare_proxy "$_x")" ;;
    esac
  done
  for _f in /opt/*/etc/*-rails/env; do
    is_open_folder "$_f" || continue
    rec 07 prodenv read yes
    for _v in https_proxy HTTPS_PROXY no_proxy NO_PROXY; do
      [ -r "$_f/$_v" ] || continue
      _x=$(head -n 1 "$_f/$_v")
      case $_v in no_* | NO_*) _x=$(bare_list "$_x") ;; *) _x=$(bare_proxy "$_x") ;; esac
      rec "07.$_v" env of product name "$_v" val "$_x"
    done
    break
  done
}
# The proxy that the application uses for https (Ruby asks the lower-case name first); with its
# password, so it is never printed.
proxy_url() {
  for _f in /opt/*/etc/*-rails/env; do
    is_open_folder "$_f" || continue
    for _v in https_proxy HTTPS_PROXY; do
      [ -r "$_f/$_v" ] && { head -n 1 "$_f/$_v"; return; }
    done
    return
  done
  printf '%s' "${https_proxy:-${HTTPS_PROXY:-}}"
}
# proxy_parts URL: P_KIND, P_USER (`name:password` as it stands), P_HOST and P_PORT.
proxy_parts() {
  P_KIND=http P_USER='' P_HOST=$1
  case $P_HOST in *://*) P_KIND=${P_HOST%%://*} P_HOST=${P_HOST#*://} ;; esac
  P_HOST=${P_HOST#//}
  case $P_HOST in *@*) P_USER=${P_HOST%@*} P_HOST=${P_HOST##*@} ;; esac
  P_HOST=${P_HOST%%[/?#]*}
  case $P_KIND in https) P_PORT=443 ;; *) P_PORT=80 ;; esac
  case $P_HOST in
    \[*\]:*) P_PORT=${P_HOST##*:} P_HOST=${P_HOST%:*} ;;
    \[*\]) ;;
    *:*) P_PORT=${P_HOST##*:} P_HOST=${P_HOST%:*} ;;
  esac
  P_HOST=${P_HOST#\[} P_HOST=${P_HOST%\]}
}
# The application takes port 80 where an address names none; curl would take another one.
with_port() {
  proxy_parts "$1"
  case $P_KIND in
    http | https) printf '%s://%s%s:%s' "$P_KIND" "${P_USER:+$P_USER@}" "$(bracketed "$P_HOST")" "$P_PORT" ;;
    *) printf '%s' "$1" ;;
  esac
}
unescaped() {
  printf '%s' "$1" | sed -e 's/%40/@/g; s/%3[Aa]/:/g; s,%2[Ff],/,g; s/%23/#/g; s/%3[Ff]/?/g; s/%21/!/g; s/%24/$/g
s/%26/\&/g; s/%2[Bb]/+/g; s/%3[Dd]/=/g; s/%20/ /g; s/%5[Ee]/^/g; s/%2[Aa]/*/g; s/%25/%/g'
}
in_base64() {
  if have base64; then base64; else "$OPENSSL" base64; fi 2>/dev/null | tr -d '\n'
}

# --------------------------------------------------------------------------------------------- names
joined() { tr '\n' ',' | sed -e 's/,$//'; }
# ask_server RANK SERVER TYPE: what does this name server say?
ask_server() {
  _o=$T/dns.$1.$3 _rcode='' _cname='' _took=''
  _t0=$(now_ms)
  if have dig; then
    limit 6 dig "@$2" "$HOST" "$3" +time=2 +tries=2 +noedns >"$_o" 2>&1
    _rcode=$(sed -n 's/.*status: \([A-Z]*\).*/\1/p' "$_o" | tail -n 1)
    sed -n "s/^[^;].*[[:space:]]IN[[:space:]]\{1,\}$3[[:space:]]\{1,\}\([0-9A-Fa-f.:]*\)\$/\1/p" "$_o" >"$_o.a"
    _cname=$(sed -n 's/^[^;].*[[:space:]]IN[[:space:]]\{1,\}CNAME[[:space:]]\{1,\}\([^ ]*\)\.$/\1/p' "$_o" | tail -n 1)
  elif have host; then
    limit 6 host -W 2 -R 2 -t "$3" "$HOST" "$2" >"$_o" 2>&1
    sed -n 's/.* has \(IPv6 \)\{0,1\}address \([0-9A-Fa-f.:]*\)$/\2/p' "$_o" >"$_o.a"
    _cname=$(sed -n 's/.* is an alias for \([^ ]*\)\.$/\1/p' "$_o" | tail -n 1)
  elif have nslookup; then
    limit 6 nslookup -type="$3" "$HOST" "$2" >"$_o" 2>&1
    sed -n '/^Name:/,$s/^Address\( [0-9]*\)\{0,1\}: *\([0-9A-Fa-f.:]*\).*$/\2/p' "$_o" >"$_o.a"
  else
    return
  fi
  _took=$(($(now_ms) - _t0))
  if [ -z "$_rcode" ]; then
    if [ -s "$_o.a" ]; then _rcode=NOERROR
    elif grep -qi 'NXDOMAIN' "$_o"; then _rcode=NXDOMAIN
    elif grep -qi 'SERVFAIL' "$_o"; then _rcode=SERVFAIL
    elif grep -q 'REFUSED' "$_o"; then _rcode=REFUSED
    elif grep -qi 'has no \|No answer\|alias for\|canonical name' "$_o"; then _rcode=NOERROR
    elif grep -qi 'network is unreachable\|network unreachable' "$_o"; then _rcode=NOROUTE
    elif grep -qi 'connection refused\|host unreachable\|no route' "$_o"; then _rcode=UNREACHABLE
    else _rcode=TIMEOUT; fi
  fi
  rec "10.$1.$3" dns rank "$1" server "$2" type "$3" rcode "$_rcode" ans "$(joined <"$_o.a")" cname "$_cname" ms "$_took"
}
# ask_nonsense RANK SERVER: whoever has an address for a name that cannot exist (RFC 6761) makes
# answers up, perhaps the one for the portal, too.
ask_nonsense() {
  _o=$T/nonsense.$1 _odd=clc-$$-$START.invalid
  if have dig; then
    limit 5 dig "@$2" "$_odd" A +time=2 +tries=2 +noedns >"$_o" 2>&1
    sed -n 's/^[^;].*[[:space:]]IN[[:space:]]\{1,\}A[[:space:]]\{1,\}\([0-9.]*\)$/\1/p' "$_o" >"$_o.a"
  elif have host; then
    limit 5 host -W 2 -R 2 -t A "$_odd." "$2" >"$_o" 2>&1
    sed -n 's/.* has address \([0-9.]*\)$/\1/p' "$_o" >"$_o.a"
  elif have nslookup; then
    limit 5 nslookup -type=A "$_odd." "$2" >"$_o" 2>&1
    sed -n '/^Name:/,$s/^Address\( [0-9]*\)\{0,1\}: *\([0-9.]*\).*$/\2/p' "$_o" >"$_o.a"
  else
    return
  fi
  [ ! -s "$_o.a" ] || rec "13.$1" nonsense rank "$1" server "$2" ans "$(joined <"$_o.a")"
}
ask_system() {
  have getent || return
  _t0=$(now_ms)
  limit 8 getent ahosts "$HOST" >"$T/system" 2>/dev/null
  _code=$? _took=$(($(now_ms) - _t0))
  sed -n 's/^\([0-9A-Fa-f.:]*\)[[:space:]]*STREAM.*/\1/p' "$T/system" >"$T/system.a"
  [ -s "$T/system.a" ] || [ "$_code" -le 2 ] || _code='cut'
  rec 11 system ans "$(joined <"$T/system.a")" rc "$_code" ms "$_took"
}
about_hosts_file() {
  _name=$(printf '%s' "$HOST" | sed -e 's/\./\\./g')
  sed -e 's/#.*//' /etc/hosts 2>/dev/null | grep -i "[[:space:]]$_name\([[:space:]]\|\$\)" |
    sed -e 's/^[[:space:]]*\([0-9A-Fa-f.:]*\).*/\1/' >"$T/hosts.a"
  [ -s "$T/hosts.a" ] && rec 12 hosts ans "$(joined <"$T/hosts.a")"
}

# ----------------------------------------------------------------------------------------- one address
bracketed() { case $1 in *:*) printf '[%s]' "$1" ;; *) printf '%s' "$1" ;; esac; }
# pings N ADDRESS: several small packets, and two that just fit an ordinary network's frame.
pings() {
  [ -n "$PING" ] || return
  _o=$T/ping.$1 _six='' _size=1472
  case $2 in *:*) _six=-6 _size=1452 ;; esac
  { limit 5 "$PING" $_six -n -M "do" -c 3 -i 0.3 -W 1 -s "$_size" "$2" >"$_o.big" 2>&1; } &
  _b=$!
  limit 6 "$PING" $_six -n -c 12 -i 0.2 -W 1 "$2" >"$_o" 2>&1
  if ! grep -q ' received' "$_o" && grep -qi 'usage\|invalid\|unrecognized\|bad' "$_o"; then
    limit 6 "$PING" $_six -c 4 -W 1 "$2" >"$_o" 2>&1
  fi
  wait "$_b"
  _sent=$(sed -n 's/^\([0-9]*\) packets transmitted.*/\1/p' "$_o")
  _got=$(sed -n 's/.* transmitted, \([0-9]*\) \(packets \)\{0,1\}received.*/\1/p' "$_o")
  _rtt=$(sed -n 's,^r[ot][a-z-]* .*= *\([0-9.]*\)/.*,\1,p' "$_o")
  _big=$(sed -n 's/.* transmitted, \([0-9]*\) \(packets \)\{0,1\}received.*/\1/p' "$_o.big")
  grep -qi 'too long\|Frag needed\|mtu' "$_o.big" && _big=fit
  _why=$(sed -n 's/^From .*icmp_seq=[0-9]* *//p; s|^[^ ]*ping6*: *||p; s/^connect: *//p
s/.*: \(Operation not permitted\|Permission denied\)$/\1/p' "$_o" | head -n 1)
  _by=$(sed -n 's/^From \([0-9A-Fa-f.:]*\) icmp_seq=.*/\1/p' "$_o" | head -n 1)
  rec "30.$1" icmp ip "$2" sent "$_sent" got "$_got" min "$_rtt" big "$_big" why "$_why" by "$_by"
}
# The empty question, as long as an activation's: what lets only small packets or small questions
# through must not pass for a way that works.
SMALL='{"query":""}'
LARGE='{"query":""'$(printf '%2000s' '')'}'
# fetch OUT METHOD PATH: curl's own words land in OUT.*; the way there is in the arguments after.
fetch() {
  _o=$1 _m=$2 _u=$3
  shift 3
  case $_m in
    HEAD) set -- "$@" -I ;;
    POST) set -- "$@" -H 'Content-Type: application/json' -H 'Expect:' --data "$LARGE" ;;
    SMALL) set -- "$@" -H 'Content-Type: application/json' --data "$SMALL" -m 4 ;;
  esac
  limit 11 "$CURL" -q -sS -v $HTTP1 -A cloud-license-check -m 10 --connect-timeout 7 -o "$_o.body" -D "$_o.head" \
    -w '%{http_code} %{http_connect} %{time_namelookup} %{time_connect} %{time_appconnect} %{time_starttransfer} %{time_total} %{ssl_verify_result} %{size_header}\n' \
    "$@" "$_u" >"$_o.w" 2>"$_o.err"
  _rc=$?
}
header() { sed -n "s/^$1: *//Ip" "$2.head" 2>/dev/null | tail -n 1 | tr -d '\r'; }
# A few steps along redirects on the same host: `yes` when they do not end.
goes_round() {
  _g=$1 _hops=0
  while [ "$_hops" -lt 5 ]; do
    _next=$(header location "$_g")
    case $_next in
      */customers/sign_in) [ "$_m" = GET ] || return ;;
    esac
    case $_next in
      "https://$HOST"/*) _next=/${_next#"https://$HOST/"} ;;
      /*) ;;
      *) return ;;
    esac
    _hops=$((_hops + 1))
    (fetch "$1.$_hops" GET "https://$HOST:$PORT$_next" --noproxy '*' --resolve "$HOST:$PORT:$2")
    _g=$1.$_hops
  done
  echo yes
}
# Does the proxy say anything in HTTP when it need not forward it?
answers_http() {
  _p=${1#*://}
  (fetch "$2" OPTIONS "http://${_p##*@}" --noproxy '*' -X OPTIONS -m 3) >/dev/null 2>&1
  grep -q '^HTTP/' "$2.head" 2>/dev/null && echo yes || echo no
}
# one_answer FILE WAY N ADDRESS METHOD PATH: one request and what came back.
one_answer() {
  _file=$1 _way=$2 _ip=$4 _m=$5 _path=$6
  _out=$T/http.$_file
  if [ "$_way" = proxy ]; then
    _url=$(with_port "$(proxy_url)")
    export https_proxy="$_url" no_proxy=
    unset HTTPS_PROXY NO_PROXY ALL_PROXY all_proxy
    fetch "$_out" "$_m" "https://$HOST:$PORT$_path"
  else
    fetch "$_out" "$_m" "https://$HOST:$PORT$_path" --noproxy '*' --resolve "$HOST:$PORT:$_ip"
    # We ask much at once, an activation only once: our own haste proves nothing.
    if grep -q '^429 ' "$_out.w" 2>/dev/null; then
      case $_m in HEAD) sleep 2 ;; GET) sleep 3 ;; *) sleep 4 ;; esac
      fetch "$_out" "$_m" "https://$HOST:$PORT$_path" --noproxy '*' --resolve "$HOST:$PORT:$_ip"
    fi
  fi
  _code='' _conn='' _tn='' _tc='' _ta='' _ts='' _tt='' _ver='' _size=''
  [ -s "$_out.w" ] && read -r _code _conn _tn _tc _ta _ts _tt _ver _size <"$_out.w"
  _round='' _alive=''
  if [ "$_way" = direct ] && [ "$_m" != POST ]; then _round=$(goes_round "$_out" "$_ip"); fi
  if [ "$_way$_m" = proxyHEAD ] && [ "$_conn" = 000 ] && [ "$_rc" -ne 5 ] && [ "$_rc" -ne 7 ]; then
    _alive=$(answers_http "$_url" "$_out.alive")
  fi
  # No answer to the long question: would a short one be answered?
  _small=''
  if [ "$_way$_m" = directPOST ] && [ -z "${_code#000}" ] && [ -n "$(ms "$_ta")" ]; then
    _small=$( (fetch "$_out.small" SMALL "https://$HOST:$PORT$_path" --noproxy '*' --resolve "$HOST:$PORT:$_ip") >/dev/null 2>&1
      grep -q '^HTTP/' "$_out.small.head" 2>/dev/null && echo yes || echo no)
  fi
  _why=$(sed -n 's/^\* *connect to .* failed: //p; s/^\* *Immediate connect fail for [^ ]*: //p' "$_out.err" | tail -n 1)
  _said=$(sed -n 's/^curl: ([0-9]*) //p' "$_out.err" | tail -n 1)
  [ -z "$_why" ] || _said=''
  _said=$(printf '%s' "$_said" | sed -e 's/ after [0-9]* milliseconds//; s/ after [0-9]* ms//; s/ with [0-9]* out of.*//; s/ in '"'"'.*//; s/.*@//')
  _title='' _h1='' _json='' _api='' _marks=''
  if [ -s "$_out.body" ]; then
    head -c 20000 "$_out.body" | tr '\n\r' '  ' >"$_out.text"
    _title=$(sed -n 's/.*<title[^>]*>\([^<]\{1,90\}\).*/\1/Ip' "$_out.text")
    _h1=$(sed -n 's/.*<h1[^>]*>\([^<]\{1,90\}\).*/\1/Ip' "$_out.text")
    _json=$(grep -q '^[{[]' "$_out.text" && echo yes)
    _api=$(grep -q '"data"\|"errors"' "$_out.text" && echo yes)
  fi
  [ ! -s "$_out.head" ] ||
    _marks=$(sed -n 's/^\(cf-[a-z]*\|x-[A-Za-z-]*\|via\|retry-after\|www-authenticate\):.*/\1/Ip' "$_out.head" |
      tr '[:upper:]' '[:lower:]' | sort -u | head -n 10 | joined)
  _loc=$(header location "$_out")
  _sent=$(bare_url "$_loc")
  # The first request's clock, bytes and certificate do for all.
  _date='' _iss=''
  [ "$_m" != HEAD ] || _date=$(header date "$_out") _iss=$(sed -n 's/^\* *issuer: *//p' "$_out.err" | tail -n 1)
  [ "$_conn" != 000 ] || _conn=''
  [ "$_ver" != 0 ] || _ver=''
  [ "$_size" != 0 ] || _size=''
  _asked=$(grep -q 'Request CERT' "$_out.err" && echo yes)
  _up=$(grep -q '^\* *Connected to \|, TLS handshake, ' "$_out.err" && echo yes)
  rec "$_file" http way "$_way" ip "$_ip" req "$_m" rc "$_rc" code "${_code#000}" conn "$_conn" \
    up "$_up" asked "$_asked" round "$_round" alive "$_alive" small "$_small" loc "$_sent" tc "$(ms "$_tc")" ta "$(ms "$_ta")" ts "$(ms "$_ts")" \
    ver "$_ver" got "$_size" why "$_why" said "$(printf '%s' "$_said" | cut -c1-150)" srv "$(header server "$_out")" \
    via "$(header via "$_out")" marks "$_marks" title "$_title" h1 "$_h1" json "$_json" api "$_api" iss "$_iss" date "$_date"
  [ "$_way $_m$_up" != "direct HEAD" ] || port80 "$3" "$_ip"
}
# Port 80 tells whether packets reach the address at all, and who answers there.
port80() {
  [ -n "$CURL" ] || return
  _out=$T/p80.$1
  limit 5 "$CURL" -q -sS -v -A cloud-license-check -m 4 -o "$_out.body" -D "$_out.head" -w '%{http_code} %{time_connect}\n' \
    --noproxy '*' --resolve "$HOST:80:$2" "http://$HOST/" >"$_out.w" 2>"$_out.err"
  _rc=$? _code='' _tc=''
  [ -s "$_out.w" ] && read -r _code _tc <"$_out.w"
  _why=$(sed -n 's/^\* *connect to .* failed: //p; s/^\* *Immediate connect fail for [^ ]*: //p' "$_out.err" | tail -n 1)
  _title=$(head -c 9000 "$_out.body" 2>/dev/null | tr '\n\r' '  ' | sed -n 's/.*<title[^>]*>\([^<]\{1,90\}\).*/\1/Ip')
  rec "35.$1" port80 ip "$2" rc "$_rc" code "${_code#000}" tc "$(ms "$_tc")" why "$_why" loc "$(bare_url "$(header location "$_out")")" title "$_title"
}
# plug OUT HOST PORT FILE: opens a plain connection, sends the file and keeps what comes back; 0 when
# it was opened, 2 when no tool here can. Builds of these tools differ in what they understand.
plug() {
  _o=$1 _h=$2 _at=$3 _v=''
  IN=$4
  for _tool in nc bash telnet; do
    have "$_tool" || continue
    case $_tool in
      nc)
        case $(nc -h 2>&1) in *BusyBox* | *busybox*) _v='' ;; *) _v=-v ;; esac
        limit 7 nc $_v -w 6 "$_h" "$_at" >"$_o" 2>"$_o.err" ;;
      bash)
        # shellcheck disable=SC2016
        limit 7 bash -c 'exec 3<>"/dev/tcp/$0/$1" && echo connected >&2 && cat >&3 && exec cat <&3' \
          "$_h" "$_at" >"$_o" 2>"$_o.err" ;;
      telnet) limit 7 telnet "$_h" "$_at" >"$_o" 2>"$_o.err" ;;
    esac
    _rc=$? _ended=$_rc
    [ "$_rc" -lt 126 ] || [ "$_rc" -gt 127 ] || continue
    grep -qi 'invalid option\|unrecognized option\|^usage\|no such file or directory' "$_o.err" && continue
    IN=/dev/null
    if [ -s "$_o" ] && [ "$_tool" != telnet ]; then return 0; fi
    grep -qi 'succeeded\|connected\| open$\|escape character' "$_o.err" "$_o" && return 0
    # This one says nothing when it is connected, and would have said that it was not.
    case $_tool$_v$_rc in nc0 | nc124 | nc137 | nc143) is_short || return 0 ;; esac
    return 1
  done
  IN=/dev/null
  return 2
}
TROUBLE='connection refused\|timed out\|timeout\|no route to host\|network is unreachable\|connection reset[a-z ]*\|permission denied\|host is unreachable'
NO_NAME='not known\|name resolution\|bad address\|no address associated\|unknown host\|can.t resolve\|could not resolve'
# Without curl: can a connection be opened at all?
connect_only() {
  _t0=$(now_ms)
  plug "$T/nc.$1" "$2" "$PORT" "$T/nothing"
  _rc=$? _took=$(($(now_ms) - _t0))
  if [ "$_rc" -eq 2 ] && [ -n "$OPENSSL" ]; then
    limit 7 "$OPENSSL" s_client -connect "$(bracketed "$2"):$PORT" >"$T/nc.$1" 2>"$T/nc.$1.err"
    _took=$(($(now_ms) - _t0))
    grep -q '^CONNECTED' "$T/nc.$1"
    _rc=$?
  fi
  [ "$_rc" -ne 2 ] || return
  _why=$(cat "$T/nc.$1.err" "$T/nc.$1" 2>/dev/null | grep -io "$TROUBLE" | head -n 1)
  [ "$_rc" -ne 0 ] || _why=''
  rec "20.$1" tcp ip "$2" rc "$_rc" why "$_why" ms "$_took"
}

# ------------------------------------------------------------------------------------------ handshakes
# hello OUT OPENSSL HOST ARGUMENTS…: one handshake, everything the peer shows.
hello() {
  _o=$1 _ssl=$2 _ip=$3
  shift 3
  limit 6 "$_ssl" s_client -connect "$(bracketed "$_ip"):$PORT" -showcerts "$@" >"$_o" 2>&1
  _rc=$?
}
verify_code() { sed -n 's/^ *Verify return code: *\([0-9]*\).*/\1/p' "$1" | head -n 1; }
# Does this machine trust an authority of the organisation that issued the certificate?
kin_of() {
  _org=$("$1" x509 -in "$2" -noout -issuer -nameopt sep_multiline,utf8 2>/dev/null | sed -n 's/^ *O=//p' | head -n 1)
  [ -n "$_org" ] || return
  for _f in "${SSL_CERT_FILE:-}" "$3" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    [ -r "${_f:-/none}" ] || continue
    "$1" crl2pkcs7 -nocrl -certfile "$_f" 2>/dev/null | "$1" pkcs7 -print_certs -noout 2>/dev/null | tr -d ' "' |
      grep -F "O=$(printf '%s' "$_org" | tr -d ' "')," >/dev/null && echo yes && return
    return
  done
}
# Is there any list of authorities that this openssl would use?
roots_of() {
  _dir=$("$1" version -d 2>/dev/null | sed -n 's/^OPENSSLDIR: "\(.*\)"$/\1/p')
  for _f in "${SSL_CERT_FILE:-$_dir/cert.pem}" "${SSL_CERT_DIR:-$_dir/certs}"/*.0; do
    [ -s "$_f" ] && return
  done
  echo none
}
# one_handshake FILE HOW OPENSSL ADDRESS ARGUMENTS…
one_handshake() {
  _file=$1 _how=$2 _with=$3 _at=$4
  shift 4
  hello "$T/tls.$_file" "$_with" "$_at" "$@"
  tell_handshake "$_file" "$_how" "$_with" "$_at"
}
# tell_handshake FILE HOW OPENSSL ADDRESS: what stands in $T/tls.FILE.
tell_handshake() {
  _file=$1 _how=$2 _with=$3 _at=$4
  _out=$T/tls.$_file _sub='' _iss='' _nb='' _na='' _pub='' _kin='' _roots=''
  _verify=$(verify_code "$_out")
  sed -n '/-----BEGIN CERT/,/-----END CERT/p' "$_out" | sed -e '/-----END CERT/q' >"$_out.pem"
  _chain=$(grep -c 'BEGIN CERTIFICATE' "$_out")
  _iss2=$(sed -n 's/^ *i:\(.*\)/\1/p' "$_out" | tail -n 1)
  if [ -s "$_out.pem" ]; then
    "$_with" x509 -in "$_out.pem" -noout -subject -issuer -startdate -enddate >"$_out.x" 2>/dev/null
    _sub=$(sed -n 's/^subject= *//p' "$_out.x") _iss=$(sed -n 's/^issuer= *//p' "$_out.x")
    _nb=$(sed -n 's/^notBefore=//p' "$_out.x") _na=$(sed -n 's/^notAfter=//p' "$_out.x")
    "$_with" x509 -in "$_out.pem" -noout -text 2>/dev/null | grep -q 'CT Precertificate SCTs\|Authority Information Access' && _pub=yes
    [ "$_verify" = 0 ] || _roots=$(roots_of "$_with")
    [ "$_verify" = 0 ] || _kin=$(kin_of "$_with" "$_out.pem" "${EMBEDDED:+$EMBEDDED/ssl/certs/cacert.pem}")
  else
    _verify='' _iss2=''
  fi
  _errors=$(grep -c '^verify error' "$_out")
  _first=$(sed -n 's/^verify error:num=\([0-9]*\).*/\1/p' "$_out" | sort -n | uniq | joined)
  _proto=$(sed -n 's/^New, \(TLS[^,]*\|SSL[^,]*\), Cipher is [^(].*/\1/p; s/^ *Protocol *: \(.*\)/\1/p' "$_out" | head -n 1)
  _asked=$(grep -q '^Acceptable client certificate CA names\|^Requested Signature Algorithms\|^Client Certificate Types' "$_out" && echo yes)
  _open=$(grep -q '^CONNECTED' "$_out" && echo yes)
  _bytes=$(sed -n 's/^SSL handshake has read \([0-9]*\) bytes.*/\1/p' "$_out" | head -n 1)
  _said=$(sed -n 's/^[0-9A-Fa-f]*:error:[0-9A-Fa-f]*:\(.*\)/\1/p; s/^\([a-z]*:errno=[0-9]*\).*/\1/p' "$_out" | head -n 1 | cut -c1-150)
  [ "$_chain" != 0 ] || _chain=''
  rec "$_file" tls how "$_how" ip "$_at" rc "$_rc" open "$_open" verify "$_verify" nums "$_first" errs "${_errors#0}" \
    chain "$_chain" sub "$_sub" iss "$_iss" top "$_iss2" nb "$_nb" na "$_na" proto "$_proto" asked "$_asked" read "$_bytes" \
    pub "$_pub" kin "$_kin" roots "$_roots" said "$_said"
  [ -s "$_out.pem" ]
}
understands() { "$OPENSSL" s_client -help 2>&1 | grep -q -e "$1"; }
# another_handshake N ADDRESS: the same again; told when it ends differently, as behind a balancer with
# one bad server. (Without curl nothing else looks at certificates.)
another_handshake() {
  _k=0 _before=${_verify:-none} _often=1
  [ -n "$_verify" ] || [ "$_rc" -lt 124 ] || return
  [ -n "$CURL" ] || _often=3
  while [ "$_k" -lt "$_often" ]; do
    _k=$((_k + 1))
    sleep 1
    # shellcheck disable=SC2086
    hello "$T/tls.41.$1" "$OPENSSL" "$2" -servername "$HOST" $_checks
    grep -q 'BEGIN CERT' "$T/tls.41.$1" || continue
    [ "$(verify_code "$T/tls.41.$1")" != "$_before" ] || continue
    tell_handshake "41.$1" again "$OPENSSL" "$2"
    return
  done
}
handshakes() {
  if [ -n "$OPENSSL" ]; then
    _checks=''
    ! understands verify_hostname || _checks="-verify_hostname $HOST"
    # shellcheck disable=SC2086
    one_handshake "40.$1" system "$OPENSSL" "$2" -servername "$HOST" $_checks
    _first_rc=$_rc
    another_handshake "$1" "$2"
    if [ ! -s "$T/tls.40.$1.pem" ] && { [ "$_first_rc" -ge 124 ] || grep -q '^CONNECTED' "$T/tls.40.$1"; }; then
      # Stalled, cut or refused: is it the name in the hello?
      if "$OPENSSL" s_client -help 2>&1 | grep -q noservername; then
        one_handshake "42.$1" nameless "$OPENSSL" "$2" -noservername
      else
        one_handshake "42.$1" nameless "$OPENSSL" "$2"
      fi
    fi
  fi
}
# The application's own openssl with its own list of authorities; once is enough.
embedded_handshake() {
  one_handshake "44.$1" embedded "$EMBEDDED/bin/openssl" "$2" -servername "$HOST" -verify_hostname "$HOST"
}
# Without curl the questions go through openssl.
# plain_answer FILE WAY ADDRESS METHOD PATH ARGUMENTS…
plain_answer() {
  _file=$1 _way=$2 _ip=$3 _m=$4 _path=$5
  shift 5
  _body=''
  [ "$_m" = POST ] && _body=$LARGE
  {
    printf '%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: cloud-license-check\r\nConnection: close\r\n' "$_m" "$_path" "$HOST"
    [ -z "$_body" ] || printf 'Content-Type: application/json\r\nContent-Length: %s\r\n' "${#_body}"
    printf '\r\n%s' "$_body"
  } >"$T/ask.$_file"
  IN=$T/ask.$_file
  limit 10 "$OPENSSL" s_client -quiet -connect "$(bracketed "$_ip"):$PORT" -servername "$HOST" "$@" >"$T/got.$_file" 2>/dev/null
  _rc=$?
  IN=/dev/null
  [ "$_way" = direct ] || _ip=''
  tr -d '\r' <"$T/got.$_file" | sed -e '/^$/q' >"$T/got.$_file.head"
  tell_answer "$T/got.$_file.head" "$T/got.$_file" openssl
}
# tell_answer HEAD BODY TOOL: an answer that another tool than curl brought.
tell_answer() {
  _code=$(sed -n 's,^HTTP/[0-9.]* \([0-9]*\).*,\1,p' "$1" | tail -n 1)
  _title=$(head -c 20000 "$2" 2>/dev/null | tr '\n\r' '  ' | sed -n 's/.*<title[^>]*>\([^<]\{1,90\}\).*/\1/Ip')
  _api=$(grep -q '"data"\|"errors"' "$2" 2>/dev/null && echo yes)
  _marks=$(sed -n 's/^\(cf-[a-z]*\|x-[A-Za-z-]*\|via\):.*/\1/Ip' "$1" | tr '[:upper:]' '[:lower:]' | sort -u | head -n 10 | joined)
  rec "$_file" http way "$_way" by "$3" ip "$_ip" req "$_m" rc "$_rc" code "$_code" conn "${_conn:-}" said "${_said:-}" up "${_up:-}" \
    loc "$(bare_url "$(header location "${1%.head}")")" srv "$(header server "${1%.head}")" marks "$_marks" \
    title "$_title" json "$_api" api "$_api" date "$(header date "${1%.head}")"
}
# wget, where it is GNU's: it verifies, goes through proxies, and chooses the address itself.
# wget_answer FILE WAY METHOD PATH; its exits are told as curl's.
wget_answer() {
  _file=$1 _way=$2 _m=$3 _path=$4 _out=$T/wget.$1 _conn=''
  set -- -S -T 7 -t 1 -U cloud-license-check --max-redirect=0 --content-on-error -O "$_out"
  case $_m in
    HEAD) set -- "$@" --spider ;;
    POST) set -- "$@" --header='Content-Type: application/json' --post-data="$LARGE" ;;
  esac
  if [ "$_way" = proxy ]; then
    _url=$(with_port "$(proxy_url)")
    export https_proxy="$_url" no_proxy=
  else
    set -- "$@" --no-proxy
  fi
  limit 11 wget "$@" "https://$HOST:$PORT$_path" >/dev/null 2>"$_out.err"
  _rc=$?
  sed -n 's/^  \([A-Za-z]\)/\1/p' "$_out.err" | tr -d '\r' >"$_out.head"
  _ip=$(sed -n 's/^Connecting to .*|\([0-9A-Fa-f.:]*\)|:[0-9]*\.\.\. connected.*/\1/p' "$_out.err" | tail -n 1)
  _up=$(grep -q '^Connecting to .* connected' "$_out.err" && echo yes)
  _said=$(grep -i 'certificate\|issuer\|Unable to establish SSL\|tunneling failed\|OpenSSL:\|GnuTLS:\|unable to resolve\|'"$TROUBLE" \
    "$_out.err" | grep -v '^ *http\|trying to\|^To connect' | sed -e 's/.*\(Proxy tunneling failed: [A-Za-z ]*\)Unable.*/\1/; s/^ERROR: //' | head -n 2 | tr '\n' ' ' | cut -c1-150)
  case $_rc in
    0 | 6 | 8) _rc=0 ;;
    5) _rc=60 ;;
    4)
      case $_said in
        *esolve*) _rc=6 ;;
        *tunneling*)
          _rc=56
          case $_said in
            *"Authentication Required"*) _conn=407 ;;
            *Forbidden* | *enied*) _conn=403 ;;
            *"Bad Gateway"*) _conn=502 ;;
            *"Service Unavailable"*) _conn=503 ;;
            *"Gateway Time"*) _conn=504 ;;
          esac ;;
        *"establish SSL"*) _rc=35 ;;
        *imed\ out*) _rc=28 ;;
        *) if [ -n "$_up" ]; then _rc=52; else _rc=7; fi ;;
      esac ;;
    124 | 137 | 143) _rc=28 ;;
  esac
  [ "$_way" = direct ] || _ip=''
  tell_answer "$_out.head" "$_out" wget
}
# What does the proxy itself say? (Without curl; numbers as curl's.)
proxy_tunnel() {
  proxy_parts "$PROXY"
  [ "$P_KIND" = http ] || return
  if [ -n "$P_USER" ]; then have base64 || [ -n "$OPENSSL" ] || return; fi
  {
    printf 'CONNECT %s:%s HTTP/1.1\r\nHost: %s:%s\r\nUser-Agent: cloud-license-check\r\n' "$HOST" "$PORT" "$HOST" "$PORT"
    [ -z "$P_USER" ] || printf 'Proxy-Authorization: Basic %s\r\n' "$(unescaped "$P_USER" | in_base64)"
    printf '\r\n'
  } >"$T/ask.tunnel"
  plug "$T/tunnel" "$P_HOST" "$P_PORT" "$T/ask.tunnel"
  _done=$? _alive='' _up=''
  [ "$_done" -ne 2 ] || return
  _conn=$(sed -n 's,^HTTP/[0-9.]* \([0-9]\{3\}\).*,\1,p' "$T/tunnel" | head -n 1)
  _why=$(cat "$T/tunnel.err" "$T/tunnel" 2>/dev/null | grep -io "$TROUBLE" | head -n 1)
  case $_done$_conn in
    0) _rc=28 _up=yes _why=''
      [ "$_ended" -ge 124 ] || _rc=56
      printf 'OPTIONS / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$P_HOST" >"$T/ask.alive"
      plug "$T/alive" "$P_HOST" "$P_PORT" "$T/ask.alive"
      _alive=$(grep -q '^HTTP/' "$T/alive" && echo yes || echo no) ;;
    0*) _rc=0 _up=yes _why='' ;;
    *)
      _rc=28
      case $_why in *efused* | *nreachable* | *route*) _rc=7 ;; esac
      ! grep -qi "$NO_NAME" "$T/tunnel.err" || _rc=5 ;;
  esac
  rec 51.0 tunnel by "$_tool" rc "$_rc" conn "$_conn" up "$_up" alive "$_alive" why "$_why"
}
# proxied N COMMAND…: runs the command with openssl's arguments for the proxy behind its own.
proxied() {
  proxy_parts "$PROXY"
  [ "$P_KIND" = http ] && understands '^ *-proxy ' || return
  set -- "$@" -proxy "$(bracketed "$P_HOST"):$P_PORT"
  if [ -n "$P_USER" ]; then
    understands '^ *-proxy_user' || return
    CLC_PASSWORD=$(unescaped "${P_USER#*:}")
    export CLC_PASSWORD
    set -- "$@" -proxy_user "$(unescaped "${P_USER%%:*}")" -proxy_pass env:CLC_PASSWORD
  fi
  "$@"
}

# --------------------------------------------------------------------------------- the application itself
ask_application() {
  _r=''
  for _x in example_company-rails gitlab-rails; do have "$_x" && _r=$_x && break; done
  [ -n "$_r" ] || return
  HOME=$OWN_HOME
  limit 105 "$_r" runner 'begin
  url = ::Gitlab::Routing.url_helpers.respond_to?(:subscription_portal_url) ? ::Gitlab::Routing.url_helpers.subscription_portal_url : EE::SUBSCRIPTIONS_URL
  answer = Gitlab::HTTP.head(url, follow_redirects: false)
  puts "CLC-HEAD #{answer.code} #{answer.headers["location"].to_s.split("?").first}"
rescue Exception => error
  puts "CLC-ERROR #{error.class}: #{error.message.to_s[0, 150]}"
end
license = (License.current rescue nil)
puts "CLC-LICENSE #{license ? (license.cloud_license? ? "cloud" : "file") : "none"} #{license&.expires_at}"' >"$T/rails" 2>/dev/null
  rec 60 rails rc "$?" head "$(sed -n 's/^CLC-HEAD //p' "$T/rails" | head -n 1)" \
    error "$(sed -n 's/^CLC-ERROR //p' "$T/rails" | head -n 1)" license "$(sed -n 's/^CLC-LICENSE //p' "$T/rails" | head -n 1)"
}
resent() { sed -n '/^Tcp: [0-9]/s/^Tcp:\( [-0-9]*\)\{11\} \([0-9]*\).*/\2/p' /proc/net/snmp 2>/dev/null; }

# ----------------------------------------------------------------------------------------- what is asked
say "Cloud license check $VERSION: looking at $HOST port $PORT from this server (about 15 seconds)"
RESENT=$(resent)
about_host 2>/dev/null
about_product 2>/dev/null
about_proxies 2>/dev/null
about_hosts_file 2>/dev/null
PROXY=$(proxy_url)
[ -z "$RAILS" ] || step rails ask_application
_rank=0
for _s in $(sed -n 's/^[[:space:]]*nameserver[[:space:]]\{1,\}\([^[:space:]]*\).*/\1/p' /etc/resolv.conf 2>/dev/null | head -n 3); do
  step "name.$_rank.A" ask_server "$_rank" "$_s" A
  step "name.$_rank.AAAA" ask_server "$_rank" "$_s" AAAA
  step "nonsense.$_rank" ask_nonsense "$_rank" "$_s"
  _rank=$((_rank + 1))
done
step system ask_system
if [ -z "$PROXY" ]; then
  :
elif [ -z "$CURL" ]; then
  step proxy.0 proxy_tunnel
  if [ -n "$WGET" ]; then
    step proxy.1 wget_answer 51.1 proxy HEAD /
    step proxy.2 wget_answer 51.2 proxy GET /customers/sign_in
    step proxy.3 wget_answer 51.3 proxy POST /graphql
  elif [ -n "$OPENSSL" ]; then
    _checks=''
    ! understands verify_hostname || _checks="-verify_hostname $HOST"
    # shellcheck disable=SC2086
    step proxy.4 proxied one_handshake 45.0 proxy "$OPENSSL" "$HOST" -servername "$HOST" $_checks
    step proxy.1 proxied plain_answer 51.1 proxy "$HOST" HEAD /
    step proxy.2 proxied plain_answer 51.2 proxy "$HOST" GET /customers/sign_in
    step proxy.3 proxied plain_answer 51.3 proxy "$HOST" POST /graphql
  fi
else
  step proxy.1 one_answer 51.1 proxy 0 '' HEAD /
  step proxy.2 one_answer 51.2 proxy 0 '' GET /customers/sign_in
  step proxy.3 one_answer 51.3 proxy 0 '' POST /graphql
fi
say "  names: asking this server's name servers and its own list"
await 7 name.
_patience=9
for _f in "$T"/dns.*.A.a "$T"/dns.*.AAAA.a; do
  [ -s "$_f" ] && _patience=1
done
await "$_patience" system

cat "$T/system.a" "$T/hosts.a" "$T"/dns.*.AAAA.a "$T"/dns.*.A.a 2>/dev/null | grep '[.:]' | grep -v '^0\.0\.0\.0$\|^::$\|^127\.\|^::1$' >"$T/all"
ADDRESSES='' _four=0 _sixes=0
while read -r _a; do
  case " $ADDRESSES " in *" $_a "*) continue ;; esac
  case $_a in
    *:*) [ "$_sixes" -lt 6 ] || continue; _sixes=$((_sixes + 1)) ;;
    *) [ "$_four" -lt 8 ] || continue; _four=$((_four + 1)) ;;
  esac
  ADDRESSES="$ADDRESSES $_a"
done <"$T/all"
if [ -n "$ADDRESSES" ]; then
  say "  addresses:$ADDRESSES"
  say "  connecting to each of them: ping, TCP, TLS, HTTP"
else
  say "  no address was found for the name"
fi
_n=0 _four=0 _sixes=0
for _a in $ADDRESSES; do
  _n=$((_n + 1))
  # Of many addresses the later ones are only asked, without pings and a second tool.
  case $_a in
    *:*) _sixes=$((_sixes + 1)) _turn=$_sixes ;;
    *) _four=$((_four + 1)) _turn=$_four ;;
  esac
  if [ -n "$CURL" ]; then
    step "http.$_n.1" one_answer "50.$_n.1" direct "$_n" "$_a" HEAD /
    step "http.$_n.3" one_answer "50.$_n.3" direct "$_n" "$_a" POST /graphql
    [ "$_turn" -le 4 ] || continue
    step "http.$_n.2" one_answer "50.$_n.2" direct "$_n" "$_a" GET /customers/sign_in
  else
    step "tcp.$_n" connect_only "$_n" "$_a"
    if [ -n "$OPENSSL" ]; then
      step "http.$_n.1" plain_answer "50.$_n.1" direct "$_a" HEAD /
      step "http.$_n.2" plain_answer "50.$_n.2" direct "$_a" GET /customers/sign_in
      step "http.$_n.3" plain_answer "50.$_n.3" direct "$_a" POST /graphql
    fi
  fi
  [ "$_turn" -gt 4 ] || step "ping.$_n" pings "$_n" "$_a"
  step "tls.$_n" handshakes "$_n" "$_a"
  [ -z "$EMBEDDED" ] || [ "$OPENSSL" = "$EMBEDDED/bin/openssl" ] || step "tlse.$_n" embedded_handshake "$_n" "$_a"
done
if [ -z "$CURL$OPENSSL" ] && [ -n "$WGET" ]; then
  step http.w.1 wget_answer 50.w.1 direct HEAD /
  step http.w.2 wget_answer 50.w.2 direct GET /customers/sign_in
  step http.w.3 wget_answer 50.w.3 direct POST /graphql
fi
[ -z "$PROXY" ] || say "  asking through the proxy that is set, too"
[ -z "$RAILS" ] || say "  asking the application itself (this takes a while)"
await "$TOTAL" ''
_cut=''
for _f in "$T"/step.*; do
  [ -e "$_f" ] || continue
  [ -e "$T/done.${_f#"$T"/step.}" ] || _cut="$_cut,${_f#"$T"/step.}"
done
_again=$(resent)
rec 90 end took "$(($(date +%s) - START))" cut "${_cut#,}" stopped "$STOPPED" resent "$((${_again:-0} - ${RESENT:-0}))" now "$(date +%s)"

# ----------------------------------------------------------------------------------------------- report
# The same certificate on the next address is not printed again.
for _how in 40 42 44; do
  _like='' _of=''
  for _f in "$T/rec.$_how".*; do
    [ -e "$_f" ] || continue
    IFS= read -r _l <"$_f"
    _a=${_l#*;ip=}
    _a=${_a%%;*}
    if [ -z "$_of" ]; then
      _like=${_l#*;ip="$_a"} _of=$_a
    elif [ "${_l#*;ip="$_a"}" = "$_like" ]; then
      printf '%s\n' "${_l%%;ip=*};ip=$_a;like=$_of;;" >"$_f"
    fi
  done
done
# Three requests that end alike are told once.
for _f in "$T"/rec.5[01].*.1 "$T/rec.51.1"; do
  [ -e "$_f" ] || continue
  IFS= read -r _l <"$_f"
  for _m in 2 3; do
    _g=${_f%1}$_m
    [ -e "$_g" ] || continue
    IFS= read -r _x <"$_g"
    [ "${_x#*;req=*;}" != "${_l#*;req=*;}" ] || printf '%s\n' "${_x%%;rc=*};like=HEAD;;" >"$_g"
  done
done
cat "$T"/rec.* >"$T/body" 2>/dev/null
if [ ! -s "$T/body" ]; then
  echo "the temporary folder $T went away or is full: set TMPDIR to another folder and run it again" >&2
  DONE=yes
  exit 1
fi
_sum=$(tr -d ' \t\r\n' <"$T/body" | cksum 2>/dev/null | cut -d ' ' -f 1)
{
  echo "-----BEGIN CLOUD LICENSE CHECK-----"
  if have fold; then fold -w 68 "$T/body"; else cat "$T/body"; fi
  echo "sum;crc=${_sum:-none};n=$(grep -c ';;$' "$T/body");;"
  echo "-----END CLOUD LICENSE CHECK-----"
} >"$T/report"
DONE=yes
say "  done. Please paste the lines from BEGIN to END below into your ticket."
say ""
if ! cat "$T/report" 2>/dev/null; then
  say "the report could not be written where it should go (a full disk?); here it is:"
  cat "$T/report" >&2
  exit 1
fi
[ -z "$STOPPED" ] || exit 130
