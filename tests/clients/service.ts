// Where is the service, and who asks? The environment says.
declare const process: { env: Record<string, string | undefined> };
const { GRAPHQL_URL: url, GRAPHQL_TOKEN: token } = process.env;
if (!url || !token) throw new Error("Set GRAPHQL_URL and GRAPHQL_TOKEN.");

export const endpoint = url;
export const headers = { authorization: `Bearer ${token}` };
