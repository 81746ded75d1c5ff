/** What does an address lead to that names what is not there? */
import { Empty } from "@attune/interface";

export function Missing({ what }: { what: string }) {
  return (
    <>
      <h1>There is no such {what}</h1>
      <Empty>The address names none that this engine knows: it may be mistyped, or of another engine.</Empty>
    </>
  );
}
