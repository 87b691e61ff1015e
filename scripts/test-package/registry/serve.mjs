import { runServer } from "verdaccio";

// Starts the registry that the file configures, on a free port, and prints that alone.
const server = await runServer(process.argv[2]);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
