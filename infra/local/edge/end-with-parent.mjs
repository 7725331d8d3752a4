// Loaded into a gateway that a session has started: when the session is killed, nobody else could end it.
const end = () => process.kill(process.pid, 'SIGTERM');
process.on('disconnect', end);
// It was killed while this one was starting, before anybody listened.
if (process.connected === false) end();
// The channel alone keeps no gateway from ending.
process.channel?.unref();
