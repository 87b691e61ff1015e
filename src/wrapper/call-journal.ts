/** What became of one call, noted while it is sent, for those who watch it. */
export class CallJournal {
  /** The same in everything that is told of the call. */
  readonly callId: string = crypto.randomUUID();
  /** How many attempts there were. The replay after a 401 is one too. */
  attempts = 0;
  /** Of the last attempt; undefined when it got no response. */
  status: number | undefined = undefined;
  /** The identifier that the server gave the last attempt. */
  requestId: string | undefined = undefined;
  /** Whether the server may have carried out any of the attempts. */
  mayHaveActed = false;
}
