#!/bin/sh
# Writes FILE, a runc for an engine on this machine: without the capabilities that the machine itself has not.
set -eu
file=${1:?usage: runc-here.sh FILE}
names="CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN
NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME
SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF
CHECKPOINT_RESTORE"
has=0x$(sed -n 's/^CapBnd:[^0-9a-f]*//p' /proc/self/status)
edits="" bit=0
for name in $names; do
  [ $((has >> bit & 1)) = 1 ] || edits="$edits -e s/\"CAP_$name\",//g -e s/,\"CAP_$name\"//g"
  bit=$((bit + 1))
done
if [ -z "$edits" ]; then
  printf '#!/bin/sh\nexec runc "$@"\n'
else
  cat <<END
#!/bin/sh
before=
for argument; do
  [ "\$before" != --bundle ] || sed -i $(for edit in $edits; do printf "'%s' " "$edit"; done)"\$argument/config.json"
  before=\$argument
done
exec runc "\$@"
END
fi >"$file"
chmod +x "$file"
