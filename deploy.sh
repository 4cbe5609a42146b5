#!/usr/bin/env bash
# Puts a new version of pg-analytics-mcp behind Traefik on this Docker host, and keeps the old one serving until the new one is healthy. Prints no secret, and never touches a container that it did not make.
set -Eeuo pipefail

readonly EXIT_USAGE=2 EXIT_NOT_READY=3 EXIT_BUSY=4 EXIT_IMAGE=5 EXIT_NOT_HEALTHY=6 EXIT_NOTHING_TO_ROLL_BACK=7
readonly LABEL=pg-analytics-mcp.deployment

usage() {
  cat <<'HELP'
usage: deploy.sh [option …]

Starts the new containers beside the old ones, and waits until each is healthy. Then the old ones call themselves
unhealthy, and are stopped when Traefik, which sends requests to healthy containers only, has noticed. So no
request is refused on the way. If a new container does not become healthy it is removed, and the old ones never
stopped serving. The old containers are kept, stopped, for --rollback.

what to run
  --build                 build the image from the folder of this script (the default)
  --image REF             pull and run this image instead
  --no-pull               with --image: run the local copy
  --rollback              go back to the containers before the last deploy (twice: forward again)
  --force                 replace the containers even if nothing has changed

how to run it
  --name NAME             name of the deployment (default pg-analytics-mcp)
  --env-file FILE         settings of the server, NAME=value lines, readable by its owner only (default .env)
  --mount SOURCE:TARGET   a file or folder for the container, read-only; may be repeated
  --replicas N            containers, one worker each; Postgres sees at most N × MCP_POOL_MAX connections, and
                          twice that while two versions overlap (default 1)
  --memory SIZE           memory limit, swap included (default 512m)
  --cpus N                CPU limit (default 1)
  --pids N                limit of processes and threads (default 128)
  --log-max-size SIZE     size of one log file (default 10m)
  --log-max-file N        log files kept (default 5)
  --stop-timeout SECONDS  time for running queries to end when a container stops (default 30)
  --health-interval SECONDS  time between health checks (default 5)
  --health-timeout SECONDS   longest wait for a new container to become healthy (default 60)
  --settle SECONDS        time for Traefik to notice that a container turned healthy or left (default 3)
  --skip-check            deploy although "pg-analytics-mcp check" finds fault with the database or the role

how Traefik reaches it (the host name comes from MCP_PUBLIC_URL in the env file)
  --network NAME          Docker network shared with Traefik (default traefik)
  --entrypoint NAME       Traefik entry point with TLS (default websecure)
  --certresolver NAME     Traefik certificate resolver; "none" for a certificate from elsewhere (default letsencrypt)
  --rate N                requests per second and client address, on average (default 50)
  --burst N               requests at once on top of that (default 100)

  --dry-run               print every command that would change something, and change nothing
  --help                  this text

exit codes
  0  done, or nothing to do        4  another run for this deployment is under way
  1  a Docker command failed       5  the image could not be built or pulled
  2  wrong usage                   6  the new version did not become healthy; the old one serves
  3  something is missing          7  there is nothing to roll back to
HELP
}

say() { printf '%s\n' "$*" >&2; }
fail() {
  local code=$1
  shift
  say "deploy.sh: $*"
  exit "$code"
}

# Runs a command that changes something, or only prints it under --dry-run. Of the output, only that of a build or pull is of use.
change() {
  if [[ $dry_run == yes ]]; then
    printf '%q ' "$@"
    printf '\n'
  elif [[ $2 == image ]]; then
    "$@" >&2
  else
    "$@" >/dev/null
  fi
}

read_arguments() {
  action=deploy image='' pull=yes force=no dry_run=no
  name=pg-analytics-mcp env_file=.env replicas=1 memory=512m cpus=1 pids=128 log_max_size=10m log_max_file=5
  stop_timeout=30 health_interval=5 health_timeout=60 settle=3 check=yes
  network=traefik entrypoint=websecure certresolver=letsencrypt rate=50 burst=100
  mounts=()
  while (($# > 0)); do
    case $1 in
      --help) usage && exit 0 ;;
      --build) image='' ;;
      --no-pull) pull=no ;;
      --rollback) action=rollback ;;
      --force) force=yes ;;
      --skip-check) check=no ;;
      --dry-run) dry_run=yes ;;
      --mount | --image | --name | --env-file | --replicas | --memory | --cpus | --pids | --log-max-size | --log-max-file | \
        --stop-timeout | --health-interval | --health-timeout | --settle | --network | --entrypoint | --certresolver | --rate | --burst)
        (($# > 1)) || fail "$EXIT_USAGE" "option \"$1\" needs a value"
        if [[ $1 == --mount ]]; then mounts+=("$2"); else
          local variable=${1#--}
          printf -v "${variable//-/_}" '%s' "$2"
        fi
        shift
        ;;
      *) fail "$EXIT_USAGE" "unknown option \"$1\"; deploy.sh --help lists them" ;;
    esac
    shift
  done
}

# Everything that ends up in a label or a container name is checked against what it may hold, so that no value can add a rule of its own.
check_arguments() {
  local option
  for option in replicas pids log_max_file stop_timeout health_interval health_timeout settle rate burst; do
    [[ ${!option} =~ ^[1-9][0-9]{0,5}$ ]] || fail "$EXIT_USAGE" "--${option//_/-} must be a whole number from 1, not \"${!option}\""
  done
  for option in memory log_max_size; do
    [[ ${!option} =~ ^[1-9][0-9]*[kmg]$ ]] || fail "$EXIT_USAGE" "--${option//_/-} must be a size like 512m or 1g, not \"${!option}\""
  done
  [[ $cpus =~ ^[0-9]+(\.[0-9]+)?$ ]] || fail "$EXIT_USAGE" "--cpus must be a number like 1 or 0.5, not \"$cpus\""
  for option in name network entrypoint certresolver; do
    [[ ${!option} =~ ^[a-zA-Z0-9][a-zA-Z0-9_-]*$ ]] || fail "$EXIT_USAGE" "--$option may hold letters, digits, - and _ only, not \"${!option}\""
  done
  for option in ${mounts[@]+"${mounts[@]}"}; do
    [[ $option =~ ^/[^:,]+:/[^:,]+$ ]] || fail "$EXIT_USAGE" "--mount must be two absolute paths SOURCE:TARGET, not \"$option\""
    [[ -e ${option%%:*} ]] || fail "$EXIT_NOT_READY" "file \"${option%%:*}\" of --mount does not exist"
  done
}

check_env_file() {
  [[ -f $env_file && -r $env_file ]] || fail "$EXIT_NOT_READY" "env file \"$env_file\" does not exist or cannot be read; copy .env.example and fill it in"
  [[ -z $(find -L "$env_file" \( -perm -o+r -o -perm -o+w \)) ]] || fail "$EXIT_NOT_READY" "env file \"$env_file\" holds secrets and is open to every user of this machine: chmod 600 $(printf '%q' "$env_file")"
  # Docker takes the value as it stands: quotes would become part of a password.
  local line
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ $line =~ ^[[:space:]]*(#.*)?$ ]]; then continue; fi
    [[ $line =~ ^[A-Za-z_][A-Za-z0-9_]*= ]] || fail "$EXIT_NOT_READY" "env file \"$env_file\" has a line that is not NAME=value (\"export\" and spaces around the name are not understood)"
    [[ ! ${line#*=} =~ ^(\".*\"|\'.*\')$ ]] || fail "$EXIT_NOT_READY" "value of \"${line%%=*}\" in \"$env_file\" stands in quotes, which Docker would keep as part of it: take them away"
  done <"$env_file"
  local public_url
  public_url=$(sed -n 's/^MCP_PUBLIC_URL=//p' "$env_file" | tail -n 1)
  [[ $public_url =~ ^https://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:443)?/?$ ]] || fail "$EXIT_NOT_READY" "MCP_PUBLIC_URL in \"$env_file\" must be the address that clients will use, like https://mcp.example.com"
  host=${BASH_REMATCH[1]}
}

check_docker() {
  command -v docker >/dev/null || fail "$EXIT_NOT_READY" "docker is not installed or not on PATH"
  docker version --format '{{.Server.Version}}' >/dev/null 2>&1 || fail "$EXIT_NOT_READY" "the Docker daemon does not answer: is it running, and may this user talk to it?"
  docker network inspect "$network" >/dev/null 2>&1 || fail "$EXIT_NOT_READY" "Docker network \"$network\" does not exist: name the network of your Traefik with --network, or make one with: docker network create $network"
}

# One run per deployment on this host. The lock dies with the process, so a killed run never leaves it behind.
take_lock() {
  local folder=/run/lock
  [[ -d $folder && -w $folder ]] || folder=${XDG_RUNTIME_DIR:-/tmp}
  local lock=$folder/$name.deploy.lock
  [[ -e $lock ]] || : >>"$lock" || fail "$EXIT_NOT_READY" "lock file \"$lock\" cannot be written"
  exec 9<"$lock" || fail "$EXIT_NOT_READY" "lock file \"$lock\" cannot be opened"
  flock -n 9 || fail "$EXIT_BUSY" "another run for \"$name\" is under way"
}

# Names of our containers in one role: "" (serving), -next (being started) or -previous (kept for --rollback).
containers() {
  docker container ls --all --filter "label=$LABEL=$name" --format '{{.Names}}' | grep -E -- "^$name-[0-9]+$1\$" | sort -V
}

check_names() {
  local number role owner
  for ((number = 1; number <= replicas; number++)); do
    for role in '' -next -previous; do
      owner=$(docker container inspect --format "{{index .Config.Labels \"$LABEL\"}}" "$name-$number$role" 2>/dev/null) || continue
      [[ $owner == "$name" ]] || fail "$EXIT_NOT_READY" "a container \"$name-$number$role\" exists that deploy.sh did not make: remove or rename it, or choose another --name"
    done
  done
}

# Reads what is there, and ends what a killed run left half done: what served before serves again, and half-started containers go.
take_stock() {
  local container
  mapfile -t serving < <(containers '')
  mapfile -t previous < <(containers -previous)
  mapfile -t next < <(containers -next)
  recovered=no
  if ((${#serving[@]} == 0 && ${#previous[@]} > 0)); then
    say "an earlier run was interrupted: taking up the previous containers again"
    for container in "${previous[@]}"; do
      change docker container rename "$container" "${container%-previous}"
      change docker container start "${container%-previous}"
    done
    serving=("${previous[@]%-previous}") previous=() recovered=yes
  fi
  ((${#next[@]} == 0)) || change docker container rm --force "${next[@]}"
  next=()
  for container in ${previous[@]+"${previous[@]}"}; do
    [[ $(docker container inspect --format '{{.State.Running}}' "$container") == false ]] || change docker container stop "$container"
  done
}

get_image() {
  if [[ -n $image ]]; then
    [[ $pull == no ]] || change docker image pull "$image" || fail "$EXIT_IMAGE" "image \"$image\" could not be pulled; what was deployed before is as it was"
  else
    local folder revision version
    folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
    revision=$(git -C "$folder" describe --always --dirty 2>/dev/null) || revision=unknown
    version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$folder/package.json")
    image=$name:current
    # shellcheck disable=SC2086 # a list of words
    change docker image build ${DEPLOY_BUILD_OPTIONS:-} --tag "$image" --build-arg "VERSION=$version" --build-arg "REVISION=$revision" "$folder" ||
      fail "$EXIT_IMAGE" "the image could not be built; what was deployed before is as it was"
  fi
  image_id=$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null) || [[ $dry_run == yes ]] ||
    fail "$EXIT_IMAGE" "image \"$image\" is not on this host"
}

# Labels that make Traefik route to the containers: all replicas, old and new, are one service, of which it uses the healthy members.
add_traefik_labels() {
  local router=traefik.http.routers.$name middleware=traefik.http.middlewares.$name label
  local labels=(
    "traefik.enable=true"
    "traefik.docker.network=$network"
    "$router.rule=Host(\`$host\`)"
    "$router.entrypoints=$entrypoint"
    "$router.tls=true"
    "$router.service=$name"
    "$router.middlewares=$name-rate,$name-headers,$name-retry"
    "traefik.http.services.$name.loadbalancer.server.port=8080"
    "$middleware-rate.ratelimit.average=$rate"
    "$middleware-rate.ratelimit.burst=$burst"
    "$middleware-headers.headers.stsseconds=31536000"
    "$middleware-headers.headers.contenttypenosniff=true"
    "$middleware-headers.headers.framedeny=true"
    "$middleware-headers.headers.referrerpolicy=no-referrer"
    # Only a request that could not be sent is tried on another replica, so no query runs twice.
    "$middleware-retry.retry.attempts=2"
  )
  [[ $certresolver == none ]] || labels+=("$router.tls.certresolver=$certresolver")
  for label in "${labels[@]}"; do run_arguments+=(--label "$label"); done
}

prepare_run() {
  local mount
  run_arguments=(
    --label "$LABEL=$name"
    --env-file "$env_file" --env HOST=0.0.0.0 --env PORT=8080
    --network "$network" --add-host host.docker.internal:host-gateway
    --restart unless-stopped --stop-timeout "$stop_timeout"
    --log-driver json-file --log-opt "max-size=$log_max_size" --log-opt "max-file=$log_max_file"
    --memory "$memory" --memory-swap "$memory" --cpus "$cpus" --pids-limit "$pids"
    --read-only --tmpfs "/tmp:rw,noexec,nosuid,nodev,size=64m"
    --cap-drop ALL --security-opt no-new-privileges
    --health-interval "${health_interval}s"
  )
  for mount in ${mounts[@]+"${mounts[@]}"}; do
    run_arguments+=(--mount "type=bind,source=${mount%%:*},target=${mount#*:},readonly")
  done
  # Traefik speaks from this network, and names the client in X-Forwarded-For.
  if ! grep -q '^MCP_TRUST_PROXY=' "$env_file"; then
    local subnets
    subnets=$(docker network inspect --format '{{range .IPAM.Config}}{{.Subnet}},{{end}}' "$network")
    run_arguments+=(--env "MCP_TRUST_PROXY=${subnets%,}")
  fi
  add_traefik_labels
  # What is deployed, in one word: the image, the settings and the files. A second run with the same word has nothing to do.
  local fingerprint
  fingerprint=$({
    printf '%s\0' "${image_id:-}" "$replicas" "${run_arguments[@]}"
    cat -- "$env_file"
    for mount in ${mounts[@]+"${mounts[@]}"}; do [[ -d ${mount%%:*} ]] || cat -- "${mount%%:*}"; done
  } | sha256sum)
  run_arguments+=(--label "$LABEL.fingerprint=${fingerprint%% *}")
}

state_of() {
  docker container inspect --format '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}unchecked{{end}} {{.RestartCount}}' "$1"
}

is_deployed() {
  local container
  ((${#serving[@]} == replicas)) || return 1
  for container in "${serving[@]}"; do
    [[ $(state_of "$container") == "running healthy "* ]] || return 1
    [[ $(docker container inspect --format "{{index .Config.Labels \"$LABEL.fingerprint\"}}" "$container") == "${run_arguments[-1]#*=}" ]] || return 1
  done
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
    [[ $check == no ]] || docker container exec "$container" node dist/cli/main.js check >&2 || {
      say "container \"$container\" runs, but its check failed (--skip-check deploys all the same)"
      return 1
    }
  done
}

# Whatever ends the run before the switch, half-started containers do not stay.
remove_next() {
  ((${#next[@]} == 0)) || change docker container rm --force "${next[@]}" || true
  next=()
}

deploy() {
  local number container
  trap remove_next EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  for ((number = 1; number <= replicas; number++)); do
    next+=("$name-$number-next")
    change docker container run --detach --name "$name-$number-next" "${run_arguments[@]}" "${image_id:-$image}" || give_up
  done
  wait_until_healthy "${next[@]}" || give_up
  ((${#previous[@]} == 0)) || change docker container rm --force "${previous[@]}"
  for container in ${serving[@]+"${serving[@]}"}; do change docker container rename "$container" "$container-previous"; done
  for container in "${next[@]}"; do change docker container rename "$container" "${container%-next}"; done
  next=()
  ((${#serving[@]} == 0)) || retire "${serving[@]/%/-previous}"
  [[ $image != "$name:current" ]] || change docker image prune --force --filter label=org.opencontainers.image.title=pg-analytics-mcp || true
}

give_up() {
  remove_next
  ((${#serving[@]} > 0)) || fail "$EXIT_NOT_HEALTHY" "the new version did not come up and was removed; there was none before it"
  fail "$EXIT_NOT_HEALTHY" "the new version did not come up and was removed; the one before it serves as before"
}

# Stops containers that have been replaced. First they say "unhealthy" on purpose, so that Traefik sends them nothing new while they still answer;
# only then they get SIGTERM, and --stop-timeout seconds for the queries they run.
retire() {
  local container deadline
  change sleep "$settle"
  deadline=$((SECONDS + 4 * health_interval))
  for container in "$@"; do change docker container exec "$container" touch /tmp/leaving || true; done
  for container in "$@"; do
    while [[ $dry_run == no && $(state_of "$container") == "running healthy "* ]] && ((SECONDS < deadline)); do sleep 1; done
  done
  change sleep "$settle"
  change docker container stop "$@"
}

roll_back() {
  local container
  if [[ $recovered == yes ]]; then
    wait_until_healthy "${serving[@]}" || fail "$EXIT_NOT_HEALTHY" "the previous version does not come up"
    return
  fi
  ((${#previous[@]} > 0)) || fail "$EXIT_NOTHING_TO_ROLL_BACK" "there is no previous version of \"$name\" on this host"
  change docker container start "${previous[@]}"
  wait_until_healthy "${previous[@]}" || {
    change docker container stop "${previous[@]}"
    fail "$EXIT_NOT_HEALTHY" "the previous version does not come up; the current one serves as before"
  }
  for container in "${serving[@]}"; do change docker container rename "$container" "$container-next"; done
  for container in "${previous[@]}"; do change docker container rename "$container" "${container%-previous}"; done
  for container in "${serving[@]}"; do change docker container rename "$container-next" "$container-previous"; done
  retire "${serving[@]/%/-previous}"
}

main() {
  read_arguments "$@"
  check_arguments
  check_env_file
  check_docker
  take_lock
  check_names
  take_stock
  if [[ $action == rollback ]]; then
    roll_back
    say "rolled back: \"$name\" serves https://$host/mcp as before the last deploy"
    return
  fi
  get_image
  prepare_run
  if [[ $force == no ]] && is_deployed; then
    say "nothing to do: \"$name\" already runs this image with these settings"
    return
  fi
  deploy
  say "deployed: \"$name\" serves https://$host/mcp"
}

main "$@"
