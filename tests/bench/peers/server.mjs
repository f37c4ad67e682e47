// PostGraphile over the same tables, as its documentation advises for production: its default preset, prepared
// statements, answers written as text, and nothing that a measured request does not need.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonPgSmartTags } from "postgraphile/utils";

// It calls every table's own `id` rowId, so the one column that is called row_id needs another name.
const names = jsonPgSmartTags({
  version: 1,
  config: { attribute: { "merged_row.row_id": { tags: { name: "handed_over_id" } } } },
});

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [names],
  // It counts a foreign key as indexed only where an index without a condition begins with it, and hides what is not.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public"],
      pubsub: false,
      poolConfig: { max: Number(process.env.POOL_SIZE) },
    }),
  ],
  grafast: { explain: false },
  grafserv: {
    graphqlPath: "/graphql",
    graphiql: false,
    watch: false,
    websockets: false,
    outputDataAsString: true,
  },
});

const server = createServer();
await instance.createServ(grafserv).addTo(server);
await instance.getSchema();
server.listen(Number(process.env.PORT), "127.0.0.1");
