// Only the flows run: no editor, no projects, nothing that is told to anybody.
module.exports = {
    uiHost: '127.0.0.1',
    httpAdminRoot: false,
    credentialSecret: false,
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: 'info' } },
};
