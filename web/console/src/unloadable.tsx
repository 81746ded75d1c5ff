/** What is shown instead of a page that cannot be loaded, or that broke? The others go on. */
import { Component, type ReactNode } from "react";
import { Button } from "react-aria-components";

type Fate = Readonly<{ failed: boolean }>;

export class Unloadable extends Component<{ children: ReactNode }, Fate> {
  override state: Fate = { failed: false };

  static getDerivedStateFromError(): Fate {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="state" data-kind="failed" role="alert">
        <p>
          This page cannot be shown: the engine does not answer, or the page broke. Another one may work; loading the
          console anew asks for the token again.
        </p>
        <Button onPress={() => location.reload()}>Load the console anew</Button>
      </div>
    );
  }
}
