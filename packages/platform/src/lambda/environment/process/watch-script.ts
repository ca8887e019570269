/**
 * What starts each runtime: it leaves a watcher behind and then becomes the runtime, so that the process that was
 * spawned is the runtime itself, with its own exit status.
 *
 * The watcher holds the other end of descriptor 3. When that ends, because the platform closed it or was killed
 * outright, it kills what belongs to the environment:
 *
 * - on Linux whoever has the environment's marker among its variables, wherever it moved, until none is left;
 * - elsewhere whoever descends from the runtime, as `ps` shows it;
 * - and the runtime's process group.
 *
 * It needs nothing but the shell and tools that every system has, and no help from the function's language. It has no
 * marker itself, and leaves the runtime's process group, or it would be stopped with it: by `setsid`, or else by the
 * shell's job control. Where it could leave, it says so with a line. Where it could not, it ignores the signals that are
 * sent to the group, but for those that can't be ignored.
 *
 * The watcher has to be born deaf to those signals, so they are lost as long as that takes. Another line says when it is over.
 *
 * Arguments: marker, where the system shows its processes, the watcher's own script, then the runtime's command.
 */
export const launchScript = `
marker=$0
processes=$1
watch=$2
shift 2
apart=
if [ -x /usr/bin/setsid ]; then apart=/usr/bin/setsid; else set -m 2>/dev/null; fi
trap '' HUP INT QUIT TERM USR1 USR2 ALRM
(
  exec $apart /usr/bin/env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin /bin/sh -c "$watch" "$marker" "$processes" "$$" </dev/null >/dev/null 2>&1
) &
set +m
trap - HUP INT QUIT TERM USR1 USR2 ALRM
echo started >&3
exec 3<&-
unset apart marker processes watch PWD OLDPWD SHLVL
exec "$@"
`;

/** The watcher. Arguments: marker, where the system shows its processes, the runtime's process id. */
export const watchScript = `
kill -s 0 -- "-$$" 2>/dev/null && echo apart >&3
read -r line <&3
marker=$0
processes=$1
runtime=$2
members() {
  if [ -d "$processes/self" ]; then
    cd "$processes" && grep -lsF -e "$marker" [0-9]*/environ | while read -r file; do echo "\${file%%/*}"; done
  else
    ps -A -o pid= -o ppid= -o stat= | awk -v root="$runtime" -v self="$$" '
      { parent[$1] = $2; state[$1] = $3 }
      END {
        for (pid in parent) {
          at = pid
          while (at in parent && at != root && at != self) at = parent[at]
          if (at == root && pid != root && state[pid] !~ /^Z/) print pid
        }
      }'
  fi
}
# Stopped, it can neither start more nor notice that its children are gone.
[ -d "$processes/self" ] || kill -STOP "$runtime"
pass=0
while [ $pass -lt 20 ]; do
  found=$(members)
  [ -n "$found" ] || break
  kill -9 $found
  pass=$((pass + 1))
done
kill -s KILL -- "-$runtime"
`;
