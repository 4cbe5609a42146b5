#!/usr/bin/env bash
# Puts a new version of pg-analytics-mcp behind Traefik on this Docker host, and keeps the old one serving until the new one is healthy. Prints no secret, and never touches a container that it did not make.
#
# usage: deploy.sh [option …]     (what stands in parentheses is the default)
# what to run
#   --build                  build the image from the folder of this script (unless --image is given)
#   --image REF [--no-pull]  pull and run this image instead; with --no-pull run the local copy
#   --rollback               go back to the containers before the last deploy (twice: forward again)
#   --force                  replace the containers even if nothing has changed
#   --dry-run                print every command that would change something, and change nothing
# how to run it
#   --name NAME              name of the deployment (pg-analytics-mcp)
#   --env-file FILE          settings of the server, NAME=value lines, readable by its owner only (.env)
#   --mount SOURCE:TARGET    a file or folder for the container, read-only; may be repeated
#   --state VOLUME           volume, or path of a folder, that keeps who has signed in; made if missing, never removed (NAME-state)
#   --replicas N             containers; Postgres sees at most N × MCP_POOL_MAX connections, twice that in a switch (1)
#   --memory SIZE, --cpus N, --pids N       limits of memory with swap, of CPU, of processes and threads (512m, 1, 128)
#   --log-max-size SIZE, --log-max-file N   size of one log file, and log files kept (10m, 5)
#   --stop-timeout SECONDS   time for running queries to end when a container stops (30)
#   --health-interval SECONDS, --health-timeout SECONDS   between health checks, and longest wait for a new one (5, 60)
#   --settle SECONDS         time for Traefik to notice that a container turned healthy or left (3)
#   --skip-check             deploy although "pg-analytics-mcp check" finds fault with the database or the role
# how Traefik reaches it; the host name comes from MCP_PUBLIC_URL in the env file
#   --network NAME           Docker network shared with Traefik (traefik)
#   --entrypoint NAME, --certresolver NAME   entry point with TLS; certificate resolver, or "none" for one from elsewhere (websecure, letsencrypt)
#   --rate N, --burst N      requests per second and client address on average, and at once on top of that (50, 100)
# environment: DEPLOY_BUILD_OPTIONS holds more options for "docker image build", between spaces, such as --network=host
#
# exit codes: 0 done, or nothing to do; 1 a Docker command failed; 2 wrong usage; 3 something is missing; 4 another run for
# this deployment is under way; 5 the image could not be built or pulled; 6 the new version did not become healthy, and the
# old one serves; 7 there is nothing to roll back to
set -Eeuo pipefail
readonly EXIT_USAGE=2 EXIT_NOT_READY=3 EXIT_BUSY=4 EXIT_IMAGE=5 EXIT_NOT_HEALTHY=6 EXIT_NOTHING_TO_ROLL_BACK=7
readonly LABEL=pg-analytics-mcp.deployment STATE_FOLDER=/var/lib/pg-analytics-mcp

usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; } # the comment above
say() { printf '%s\n' "$*" >&2; }
fail() { say "deploy.sh: ${*:2}" && exit "$1"; }
missing() { fail "$EXIT_NOT_READY" "$@"; }

# Runs a command that changes something, or only prints it under --dry-run. Of the output, only that of a build or pull is of use.
change() {
  if [[ $dry_run == yes ]]; then printf '%q ' "$@" && printf '\n'; elif [[ $2 == image ]]; then "$@" >&2; else "$@" >/dev/null; fi
}

# Gives the named containers another end of their name: rename FROM TO NAME …
rename() {
  local container
  for container in "${@:3}"; do change docker container rename "$container" "${container%"$1"}$2"; done
}

# What the env file says of an option; Docker takes the last line, too.
setting() { sed -n "s/^$1=//p" "$env_file" | tail -n 1; }

read_arguments() {
  image='' no_pull=no rollback=no force=no skip_check=no dry_run=no mounts=() state=''
  name=pg-analytics-mcp env_file=.env replicas=1 memory=512m cpus=1 pids=128 log_max_size=10m log_max_file=5 stop_timeout=30
  health_interval=5 health_timeout=60 settle=3 network=traefik entrypoint=websecure certresolver=letsencrypt rate=50 burst=100
  local variable
  while (($# > 0)); do
    variable=${1#--} variable=${variable//-/_}
    case $1 in
      --help) usage && exit 0 ;;
      --build) image='' ;;
      --no-pull | --rollback | --force | --skip-check | --dry-run) printf -v "$variable" yes ;;
      --mount | --state | --image | --name | --env-file | --replicas | --memory | --cpus | --pids | --log-max-size | --log-max-file | \
        --stop-timeout | --health-interval | --health-timeout | --settle | --network | --entrypoint | --certresolver | --rate | --burst)
        (($# > 1)) || fail "$EXIT_USAGE" "option \"$1\" needs a value"
        if [[ $1 == --mount ]]; then mounts+=("$2"); else printf -v "$variable" '%s' "$2"; fi
        shift
        ;;
      *) fail "$EXIT_USAGE" "unknown option \"$1\"; deploy.sh --help lists them" ;;
    esac
    shift
  done
}

# Everything that ends up in a label or a container name is checked against what it may hold, so that no value can add a rule of its own.
check_arguments() {
  local form words options option mount
  while IFS='|' read -r form words options; do
    for option in $options; do [[ ${!option} =~ ^$form$ ]] || fail "$EXIT_USAGE" "--${option//_/-} $words, not \"${!option}\""; done
  done <<'FORMS'
[1-9][0-9]{0,5}|must be a whole number from 1|replicas pids log_max_file stop_timeout health_interval health_timeout settle rate burst
[1-9][0-9]*[kmg]|must be a size like 512m or 1g|memory log_max_size
[0-9]+([.][0-9]+)?|must be a number like 1 or 0.5|cpus
[a-zA-Z0-9][a-zA-Z0-9_-]*|may hold letters, digits, - and _ only|name network entrypoint certresolver
FORMS
  [[ $state =~ ^(/[^:,]+|[a-zA-Z0-9][a-zA-Z0-9_.-]*)?$ ]] || fail "$EXIT_USAGE" "--state must be the name of a volume or an absolute path, not \"$state\""
  for mount in "${mounts[@]}"; do
    [[ $mount =~ ^/[^:,]+:/[^:,]+$ ]] || fail "$EXIT_USAGE" "--mount must be two absolute paths SOURCE:TARGET, not \"$mount\""
    [[ -e ${mount%%:*} ]] || missing "file \"${mount%%:*}\" of --mount does not exist"
  done
}

check_env_file() {
  [[ -f $env_file && -r $env_file ]] || missing "env file \"$env_file\" does not exist or cannot be read; copy .env.example and fill it in"
  [[ -z $(find -L "$env_file" \( -perm -o+r -o -perm -o+w \)) ]] || missing "env file \"$env_file\" holds secrets and is open to every user of this machine: chmod 600 $(printf '%q' "$env_file")"
  local quoted
  [[ -z $(sed -nE '/^[[:space:]]*(#.*)?$|^[A-Za-z_][A-Za-z0-9_]*=/!p' "$env_file") ]] || missing "env file \"$env_file\" has a line that is not NAME=value (\"export\" and spaces around the name are not understood)"
  quoted=$(sed -nE "s/^([A-Za-z_][A-Za-z0-9_]*)=(\".*\"|'.*')\$/\1/p" "$env_file" | tail -n 1)
  [[ -z $quoted ]] || missing "value of \"$quoted\" in \"$env_file\" stands in quotes, which Docker would keep as part of it: take them away"
  [[ $(setting MCP_PUBLIC_URL) =~ ^https://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:443)?/?$ ]] || missing "MCP_PUBLIC_URL in \"$env_file\" must be the address that clients will use, like https://mcp.example.com"
  host=${BASH_REMATCH[1]}
}

# Sets what keeps who has signed in: nothing without sign-in, or where a server such as Redis does. All containers share it; old and new
# ones meet there in a switch, which the file tree and SQLite stand.
check_state() {
  case $(setting MCP_SIGN_IN) in '' | off) return ;; esac
  case $(setting MCP_STATE_URL) in
    '' | "filetree:$STATE_FOLDER" | "filetree:$STATE_FOLDER/"* | "sqlite:$STATE_FOLDER/"*) state=${state:-$name-state} ;;
    filetree:* | sqlite:*) missing "MCP_STATE_URL in \"$env_file\" is a place that ends with the container: leave it out, or name one in $STATE_FOLDER, where --state is mounted" ;;
    rocksdb:*) missing "MCP_STATE_URL in \"$env_file\" is rocksdb:, which one process has for itself, but two versions meet in a switch: leave it out" ;;
    memory:*) ((replicas == 1)) || missing "MCP_STATE_URL in \"$env_file\" is memory:, so no replica would know whom another has signed in: leave it out" ;;
  esac
}

check_docker() {
  command -v docker >/dev/null || missing "docker is not installed or not on PATH"
  docker version --format '{{.Server.Version}}' >/dev/null 2>&1 || missing "the Docker daemon does not answer: is it running, and may this user talk to it?"
  docker network inspect "$network" >/dev/null 2>&1 || missing "Docker network \"$network\" does not exist: name the network of your Traefik with --network, or make one with: docker network create $network"
}

# One run per deployment on this host. The lock dies with the process, so a killed run never leaves it behind.
take_lock() {
  local lock=/run/lock
  [[ -w $lock ]] || lock=${XDG_RUNTIME_DIR:-/tmp}
  lock+=/$name.deploy.lock
  [[ -e $lock ]] || : >>"$lock" || missing "lock file \"$lock\" cannot be written"
  exec 9<"$lock" || missing "lock file \"$lock\" cannot be opened"
  flock -n 9 || fail "$EXIT_BUSY" "another run for \"$name\" is under way"
}

# Reads which of our containers there are: serving, -next (being started) and -previous (kept for --rollback). Ends what a
# killed run left half done: what served before serves again, and half-started containers go.
take_stock() {
  local container state owner left_running=()
  serving=() next=() previous=() recovered=no
  while read -r container state owner; do
    [[ $container =~ ^"$name"-[0-9]+(-next|-previous)?$ ]] || continue
    [[ $owner == "$name" ]] || missing "a container \"$container\" exists that deploy.sh did not make: remove or rename it, or choose another --name"
    case ${BASH_REMATCH[1]}-$state in
      -next-*) next+=("$container") ;;
      -previous-running) previous+=("$container") left_running+=("$container") ;;
      -previous-*) previous+=("$container") ;;
      *) serving+=("$container") ;;
    esac
  done < <(docker container ls --all --format "{{.Names}} {{.State}} {{.Label \"$LABEL\"}}" | sort -V)
  if ((${#serving[@]} == 0 && ${#previous[@]} > 0)); then
    say "an earlier run was interrupted: taking up the previous containers again"
    rename -previous '' "${previous[@]}"
    serving=("${previous[@]%-previous}") previous=() left_running=() recovered=yes
    change docker container start "${serving[@]}"
  fi
  ((${#left_running[@]} == 0)) || change docker container stop "${left_running[@]}"
  remove_next
}

get_image() {
  if [[ -n $image ]]; then
    [[ $no_pull == yes ]] || change docker image pull "$image" || fail "$EXIT_IMAGE" "image \"$image\" could not be pulled; what was deployed before is as it was"
  else
    local folder version
    folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
    image=$name:current version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$folder/package.json")
    # shellcheck disable=SC2086 # a list of words
    change docker image build ${DEPLOY_BUILD_OPTIONS:-} --tag "$image" --build-arg "VERSION=$version" --build-arg "REVISION=$(git -C "$folder" describe --always --dirty 2>/dev/null || echo unknown)" "$folder" || fail "$EXIT_IMAGE" "the image could not be built; what was deployed before is as it was"
  fi
  image_id=$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null) || [[ $dry_run == yes ]] || fail "$EXIT_IMAGE" "image \"$image\" is not on this host"
}

# What every container is started with. For Traefik all replicas, old and new, are one service, of which it uses the healthy members;
# only a request that could not be sent is tried on another replica, so no query runs twice.
prepare_run() {
  local mount subnets router=traefik.http.routers.$name middleware=traefik.http.middlewares.$name
  run_arguments=(
    --label "$LABEL=$name" --env-file "$env_file" --env HOST=0.0.0.0 --env PORT=8080 --network "$network"
    --add-host host.docker.internal:host-gateway --restart unless-stopped --stop-timeout "$stop_timeout" --health-interval "${health_interval}s"
    --log-driver json-file --log-opt "max-size=$log_max_size" --log-opt "max-file=$log_max_file"
    --memory "$memory" --memory-swap "$memory" --cpus "$cpus" --pids-limit "$pids" --read-only --tmpfs "/tmp:rw,noexec,nosuid,nodev,size=64m"
    --cap-drop ALL --security-opt no-new-privileges --label traefik.enable=true --label "traefik.docker.network=$network"
    --label "$router.rule=Host(\`$host\`)" --label "$router.entrypoints=$entrypoint" --label "$router.tls=true" --label "$router.service=$name"
    --label "traefik.http.services.$name.loadbalancer.server.port=8080" --label "$router.middlewares=$name-rate,$name-headers,$name-retry"
    --label "$middleware-rate.ratelimit.average=$rate" --label "$middleware-rate.ratelimit.burst=$burst" --label "$middleware-retry.retry.attempts=2"
    --label "$middleware-headers.headers.stsseconds=31536000" --label "$middleware-headers.headers.contenttypenosniff=true"
    --label "$middleware-headers.headers.framedeny=true" --label "$middleware-headers.headers.referrerpolicy=no-referrer"
  )
  [[ $certresolver == none ]] || run_arguments+=(--label "$router.tls.certresolver=$certresolver")
  [[ $state != /* || -d $state ]] || change install -d -m 700 -o 10001 -g 10001 "$state" || missing "folder \"$state\" of --state could not be made; as root: install -d -m 700 -o 10001 -g 10001 $(printf '%q' "$state")"
  [[ -z $state ]] || run_arguments+=(--volume "$state:$STATE_FOLDER")
  for mount in "${mounts[@]}"; do run_arguments+=(--mount "type=bind,source=${mount%%:*},target=${mount#*:},readonly"); done
  # Traefik speaks from this network, and names the client in X-Forwarded-For.
  subnets=$(docker network inspect --format '{{range .IPAM.Config}}{{.Subnet}},{{end}}' "$network")
  grep -q '^MCP_TRUST_PROXY=' "$env_file" || run_arguments+=(--env "MCP_TRUST_PROXY=${subnets%,}")
  # What is deployed, in one word: the image, the settings and the files. A second run with the same word has nothing to do.
  fingerprint=$({
    printf '%s\0' "${image_id:-}" "$replicas" "${run_arguments[@]}" && cat -- "$env_file"
    for mount in "${mounts[@]%%:*}"; do [[ -d $mount ]] || cat -- "$mount"; done
  } | sha256sum | cut -d ' ' -f 1)
  run_arguments+=(--label "$LABEL.fingerprint=$fingerprint")
}

# How a container is: status, health and number of restarts.
state_of() { docker container inspect --format '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}unchecked{{end}} {{.RestartCount}}' "$1"; }

# Whether as many containers as wanted serve, all of them healthy and started from just this.
is_deployed() {
  ((${#serving[@]} == replicas)) && (($(docker container ls --quiet --filter health=healthy --filter "label=$LABEL.fingerprint=$fingerprint" | wc -l) == replicas))
}

# Waits until the named containers are healthy. Stops waiting as soon as one has ended, restarted or turned unhealthy.
wait_until_healthy() {
  local container state deadline=$((SECONDS + health_timeout))
  [[ $dry_run == no ]] || return 0
  for container in "$@"; do
    while state=$(state_of "$container") && [[ $state != "running healthy "* ]]; do
      if [[ $state != "running starting 0" ]] || ((SECONDS >= deadline)); then
        say "container \"$container\" is not healthy ($state); the last lines of its log:"
        docker container logs --tail 20 "$container" >&2 || true
        return 1
      fi
      sleep 1
    done
    [[ $skip_check == yes ]] || docker container exec "$container" node dist/cli/main.js check >&2 || { say "container \"$container\" runs, but its check failed (--skip-check deploys all the same)" && return 1; }
  done
}

# Whatever ends the run before the switch, half-started containers do not stay.
remove_next() {
  ((${#next[@]} == 0)) || change docker container rm --force "${next[@]}" || true
  next=()
}

deploy() {
  local number sorry='the new version did not come up and was removed; there was none before it'
  ((${#serving[@]} == 0)) || sorry="${sorry%;*}; the one before it serves as before"
  trap remove_next EXIT && trap 'exit 130' INT TERM
  for ((number = 1; number <= replicas; number++)); do
    next+=("$name-$number-next")
    change docker container run --detach --name "$name-$number-next" "${run_arguments[@]}" "${image_id:-$image}" || fail "$EXIT_NOT_HEALTHY" "$sorry"
  done
  wait_until_healthy "${next[@]}" || fail "$EXIT_NOT_HEALTHY" "$sorry"
  ((${#previous[@]} == 0)) || change docker container rm --force "${previous[@]}"
  rename '' -previous "${serving[@]}"
  rename -next '' "${next[@]}"
  next=()
  ((${#serving[@]} == 0)) || retire "${serving[@]/%/-previous}"
  [[ $image != "$name:current" ]] || change docker image prune --force --filter label=org.opencontainers.image.title=pg-analytics-mcp || true
  say "deployed: \"$name\" serves https://$host/mcp"
}

# Stops containers that have been replaced. First they say "unhealthy" on purpose, so that Traefik sends them nothing new while they still answer;
# only then they get SIGTERM, and --stop-timeout seconds for the queries they run.
retire() {
  local container deadline=$((SECONDS + settle + 4 * health_interval))
  change sleep "$settle"
  for container in "$@"; do change docker container exec "$container" touch /tmp/leaving || true; done
  for container in "$@"; do
    while [[ $dry_run == no && $(state_of "$container") == "running healthy "* ]] && ((SECONDS < deadline)); do sleep 1; done
  done
  change sleep "$settle"
  change docker container stop "$@"
}

roll_back() {
  if [[ $recovered == yes ]]; then
    wait_until_healthy "${serving[@]}" || fail "$EXIT_NOT_HEALTHY" "the previous version does not come up"
    return
  fi
  ((${#previous[@]} > 0)) || fail "$EXIT_NOTHING_TO_ROLL_BACK" "there is no previous version of \"$name\" on this host"
  change docker container start "${previous[@]}"
  wait_until_healthy "${previous[@]}" ||
    { change docker container stop "${previous[@]}" && fail "$EXIT_NOT_HEALTHY" "the previous version does not come up; the current one serves as before"; }
  rename '' -next "${serving[@]}"
  rename -previous '' "${previous[@]}"
  rename -next -previous "${serving[@]/%/-next}"
  retire "${serving[@]/%/-previous}"
}

main() {
  read_arguments "$@"
  check_arguments
  check_env_file
  check_state
  check_docker
  take_lock
  take_stock
  if [[ $rollback == yes ]]; then
    roll_back
    say "rolled back: \"$name\" serves https://$host/mcp as before the last deploy"
  else
    get_image
    prepare_run
    if [[ $force == no ]] && is_deployed; then say "nothing to do: \"$name\" already runs this image with these settings"; else deploy; fi
  fi
}

main "$@"
