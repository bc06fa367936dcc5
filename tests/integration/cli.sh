# cli.sh - what the tests of the command-line program share (sourced): a folder of its own, run, ok and what may be said of an answer
cd "$(dirname "$0")/../.." || exit 1
outdial=$(realpath "${OUTDIAL_BUILD:-build}")/outdial
[ -x "$outdial" ] || { echo "not ok 1 - $outdial is not built"; exit 1; }
docs=$PWD/docs
work=$(mktemp -d "/tmp/$(basename "$0").XXXXXX")
trap 'rm -rf "$work"' EXIT
export OUTDIAL_DIR=$work/a TZ=UTC
cd "$work" || exit 1
count=0 bad=0 out='' err='' status=0

# Runs the program: $out, $err, $status.
run() {
	"$outdial" "$@" >out.txt 2>err.txt </dev/null
	status=$?
	out=$(<out.txt) err=$(<err.txt)
}

# ok TEXT CONDITION...: the condition is a command.
ok() {
	local text=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $text"
	else
		bad=$((bad + 1))
		echo "not ok $count - $text"
		printf '# status %s\n# out: %s\n# err: %s\n' "$status" "${out:0:600}" "${err:0:600}"
	fi
}

# Ended with this status, and the stream holds this text.
gave() { [ "$status" = "$1" ] && [[ $out == *"$2"* ]]; }
# Ended with this status, one line on standard error with this text, nothing on standard output.
refused() { [ "$status" = "$1" ] && [[ $err == *"$2"* ]] && [ -z "$out" ] && [ "$(wc -l <err.txt)" = 1 ]; }
# A number of a JSON answer.
number() { sed -n "s/^ *\"$1\": \([0-9]*\),\{0,1\}\$/\1/p" out.txt | head -1; }
# No line wider than 80 columns; wide characters count double.
fits() {
	python3 - "$@" <<-'END'
		import sys, unicodedata
		width = lambda s: sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in s)
		wide = [l for f in sys.argv[1:] for l in open(f, encoding="utf-8").read().split("\n") if width(l) > 80]
		print("".join("# too wide: %s\n" % l for l in wide), end="")
		sys.exit(bool(wide))
	END
}
holds() { [[ $out == *"$1"* ]]; }
lacks() { [[ $out != *"$1"* ]]; }
same() { [ "$1" = "$2" ]; }
sums() { [ "$(number read)" = $(($(number accepted) + $(number rejected) + $(number duplicate))) ]; }
