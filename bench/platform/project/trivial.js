/** The function of the rows that count requests. CommonJS, because every peer takes that. */
exports.handler = async () => ({ statusCode: 200, body: "ok" });
