// Loaded into a gateway that a session has started: when the session is killed, nobody else could end it.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The channel alone keeps no gateway from ending.
process.channel?.unref();
