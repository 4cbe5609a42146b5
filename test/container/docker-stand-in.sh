#!/usr/bin/env bash
# Stands in for the docker command in tests of deploy.sh: writes down every call, and keeps just enough state in files to answer as Docker would. It starts nothing.
# $DOCKER_STAND_IN holds: calls (one line each), networks (one name a line), images/ and containers/ (a folder each), and the orders of the test:
# fate (healthy, unhealthy, crash, never) of what is started from now on; daemon-down, check-fails; failing (commands that fail).
set -euo pipefail
cd -- "$DOCKER_STAND_IN"
printf '%s\n' "$*" >>calls

refuse() {
  printf '%s\n' "$1" >&2
  exit 1
}

value_of() {
  local wanted=$1 previous='' word
  shift
  for word in "$@"; do
    [[ $previous != "$wanted" ]] || printf '%s\n' "$word"
    previous=$word
  done
}

[[ ! -e daemon-down ]] || refuse 'Cannot connect to the Docker daemon'
command="$1 ${2:-}"
if grep -qxF -- "$command" failing 2>/dev/null; then refuse "$command fails by order of the test"; fi
last=${!#}
operands=()
for word in "${@:3}"; do [[ $word == --* ]] || operands+=("$word"); done
image=images/${last//\//_}

case $command in
  'version --format') echo 28.0.0 ;;
  'network inspect')
    grep -qxF -- "$last" networks || refuse 'Error: No such network'
    echo 172.20.0.0/16,
    ;;
  'image build')
    tag=$(value_of --tag "$@")
    echo sha256:built >"images/$tag"
    ;;
  'image pull') echo "sha256:$last" >"$image" ;;
  'image inspect') cat "$image" 2>/dev/null || refuse "Error: No such image: $last" ;;
  'image prune') ;;
  'container ls')
    label=$(value_of --filter "$@" | sed -n 's/^label=//p')
    for container in containers/*; do
      [[ -d $container ]] || continue
      state=exited
      [[ ! -e $container/running ]] || state=running
      if [[ $* == *' --all '* ]]; then
        echo "${container##*/} $state $(sed -n 's/^pg-analytics-mcp.deployment=//p' "$container/labels")"
      elif grep -qxF -- "$label" "$container/labels" && grep -qx healthy "$container/running" 2>/dev/null; then
        basename "$container"
      fi
    done
    ;;
  'container inspect')
    [[ -d containers/$last ]] || refuse "Error: No such container: $last"
    format=$(value_of --format "$@")
    case $format in
      *)
        case $(cat "containers/$last/running" 2>/dev/null) in
          healthy) echo running healthy 0 ;;
          unhealthy) echo running unhealthy 0 ;;
          crash) echo restarting starting 2 ;;
          never) echo running starting 0 ;;
          *) echo exited unhealthy 0 ;;
        esac
        ;;
    esac
    ;;
  'container run')
    name=$(value_of --name "$@")
    mkdir "containers/$name" 2>/dev/null || refuse "Conflict. The container name \"/$name\" is already in use"
    value_of --label "$@" >"containers/$name/labels"
    echo "$last" >"containers/$name/image"
    cp fate "containers/$name/running"
    ;;
  'container rename')
    [[ ! -e containers/${operands[1]} ]] || refuse "Conflict. The container name \"/${operands[1]}\" is already in use"
    mv "containers/${operands[0]}" "containers/${operands[1]}"
    ;;
  'container start') for name in "${operands[@]}"; do cp fate "containers/$name/running"; done ;;
  'container stop') for name in "${operands[@]}"; do rm -f "containers/$name/running"; done ;;
  'container rm') for name in "${operands[@]}"; do rm -r "containers/$name"; done ;;
  'container logs') echo 'last words of the container' ;;
  'container exec')
    if [[ $* == *' touch /tmp/leaving' ]]; then
      echo unhealthy >"containers/$3/running"
      exit 0
    fi
    echo 'report of check'
    [[ ! -e check-fails ]] || exit 1
    ;;
  *) refuse "the stand-in does not know \"$command\"" ;;
esac
