/** A small project planner whose interface is the config that the engine decides for whoever uses it. */
import "@attune/interface/style.css";
