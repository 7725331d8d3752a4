# For a shell in the folder of npm start: `. docs/senders/local.sh`. What the senders beside this file need of the
# runtime there, and a device of your own; on AWS, the same variables have the outputs of the stack, and no endpoint.
if [ -f .streamwatch/outputs.json ]; then
  of() { node -p "Object.values(JSON.parse(fs.readFileSync('.streamwatch/outputs.json')))[0].$1"; }
  export STREAM_NAME="$(of StreamName)" AWS_ENDPOINT_URL="$(of Endpoint)" AWS_REGION="$(of Region)"
  export AWS_DEFAULT_REGION="$AWS_REGION" AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
  export SITE=plant-2 DEVICE=boiler-7
else
  echo 'No runtime in this folder: start it with npm start, in another terminal.' >&2
fi
