// Widgets (ipywidgets' models and views) on the page. This file is loaded when there is the first one.

import * as base from "@jupyter-widgets/base";
import * as controls from "@jupyter-widgets/controls";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import { Widget } from "@lumino/widgets";

import "@lumino/widgets/style/index.css";
import "@jupyter-widgets/base/css/index.css";
import "@jupyter-widgets/controls/css/widgets-base.css";
import "./widgets.css";

import { Outputs } from "./outputs.js";

// Widgets is those of one kernel. The book renders what they show.
export class Widgets extends ManagerBase {
  constructor(connection, book) {
    super();
    this.connection = connection;
    this.book = book;
    this.modules = { "@jupyter-widgets/base": base, "@jupyter-widgets/controls": controls, "@jupyter-widgets/output": outputs(book) };
  }

  // open takes a widget that the kernel makes.
  open(comm, msg) {
    return this.handle_comm_open(new base.shims.services.Comm(comm), msg);
  }

  // show puts a view of a widget into an element.
  async show(id, element) {
    if (!this.has_model(id)) await (this.loading ??= this._loadFromKernel()); // the page was loaded again
    if (!this.has_model(id)) throw new Error("this widget went with its kernel; run the cell again");
    const view = await this.create_view(await this.get_model(id));
    element.replaceChildren();
    Widget.attach(view.luminoWidget, element);
  }

  // create_view makes the view of every widget, of those in boxes, too. The library leaves the handles of sliders without a name.
  async create_view(model, options) {
    const view = await super.create_view(model, options);
    for (const handle of view.el.querySelectorAll(".noUi-handle:not([aria-label])")) {
      handle.setAttribute("aria-label", model.get("description") || "Value");
    }
    return view;
  }

  async loadClass(name, module) {
    const found = this.modules[module]?.[name];
    if (!found) throw new Error(`the page has no widget ${name} of ${module}`);
    return found;
  }

  async _create_comm(target, id, data, metadata, buffers) {
    const comm = this.connection.createComm(target, id);
    if (data || metadata) comm.open(data, metadata, buffers);
    return new base.shims.services.Comm(comm);
  }

  async _get_comm_info() {
    const { content } = await this.connection.requestCommInfo({ target_name: this.comm_target_name });
    return content.status === "ok" ? content.comms : {};
  }
}

// outputs is the module of the Output widget, which shows what cells show.
function outputs(book) {
  class OutputModel extends base.DOMWidgetModel {
    defaults() {
      return {
        ...super.defaults(), _model_name: "OutputModel", _view_name: "OutputView",
        _model_module: "@jupyter-widgets/output", _view_module: "@jupyter-widgets/output", msg_id: "", outputs: [],
      };
    }

    initialize(attributes, options) {
      super.initialize(attributes, options);
      this.element = document.createElement("div");
      this.element.className = "outputs";
      this.shown = new Outputs(this.element, book.renderer);
      for (const m of book.taken.get(this.model_id) ?? []) this.shown.handle({ header: { msg_type: m.msg_type }, content: m.content });
      this.listenTo(this, "change:msg_id", () => this.catch());
      this.catch();
    }

    // catch takes what answers the request that the kernel names.
    catch() {
      const before = this.previous("msg_id");
      if (before) book.catch(before, null);
      if (this.get("msg_id")) book.catch(this.get("msg_id"), this.shown);
    }
  }

  class OutputView extends base.DOMWidgetView {
    render() {
      super.render();
      this.el.append(this.model.element); // one place: a second view takes it along
    }
  }

  return { OutputModel, OutputView };
}
