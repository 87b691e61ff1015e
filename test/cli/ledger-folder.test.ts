import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/cli/command.ts";
import { ledgerFolder } from "../../src/cli/orders/ledger-folder.ts";
import { isServerAddress } from "../../src/cli/server-address.ts";

describe("the folder of --ledger file:…", () => {
  test.each([
    ["a path", "file:ledgers/orders", "ledgers/orders"],
    ["a whole path", "file:/var/lib/ledger", "/var/lib/ledger"],
    ["a URL", "file:///var/my%20ledger", "/var/my ledger"],
    ["a path that could be of Windows", "file:/C:/ledger", "/C:/ledger"],
  ])("is that of %s", (_what, where, folder) => expect(ledgerFolder(where, false)).toBe(folder));

  test.each([
    ["a path", "file:ledgers\\orders", "ledgers\\orders"],
    ["a path with a drive", "file:C:\\shop\\ledger", "C:\\shop\\ledger"],
    ["a path with a drive and slashes", "file:c:/shop/ledger", "c:/shop/ledger"],
    ["a URL", "file:///C:/my%20ledger", "C:\\my ledger"],
    ["half a URL", "file:/C:/shop/ledger", "C:/shop/ledger"],
    ["a share", "file://server/share/ledger", "\\\\server\\share\\ledger"],
  ])("is that of %s on Windows", (_what, where, folder) => expect(ledgerFolder(where, true)).toBe(folder));

  test("is none where its name has what nobody writes on purpose: it would be another ledger", () => {
    for (const end of ["\r", "\n", " ", "\u00a0", "\t"]) {
      expect(() => ledgerFolder(`file:/var/lib/ledger${end}`, false)).toThrow("it would be another ledger");
      expect(() => ledgerFolder(`file:///var/lib/ledger${end}`, false)).toThrow("it would be another ledger");
      expect(isServerAddress(`postgres://db.example/shop${end}`)).toBe(false);
    }
    expect(ledgerFolder("file:/var/my ledger", false)).toBe("/var/my ledger");
  });

  test("is none where none of this machine is meant", () => {
    for (const where of ["file:~/ledger", "file://host/ledger", "file:///a%2Fb"]) {
      expect(() => ledgerFolder(where, false)).toThrow(UsageError);
    }
  });
});
