# Stands for `nginx`: hands its flags to the pretend one, and ends as that says. It is started often, so it starts fast.
exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
shift
echo "$*" >&3
read -r code <&3
cat <&3 >&2
exit "${code:-1}"
