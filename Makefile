# 知应：两条命令。make run 启动（首次会自动准备环境），make test 检查一切。
SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
HOME_DIR ?= home
PORT ?=
LOCK_SUM := $(shell cat requirements.lock 2>/dev/null | cksum | cut -d' ' -f1)
DEV_SUM := $(shell cat requirements.lock requirements-dev.lock 2>/dev/null | cksum | cut -d' ' -f1)
READY := $(VENV)/.ready-$(LOCK_SUM)
DEV_READY := $(VENV)/.ready-dev-$(DEV_SUM)
CORPUS ?= samples
# No network, no telemetry, no model hub: what a program may ask for at run time is already here.
export HF_HUB_OFFLINE = 1
export TOKENIZERS_PARALLELISM = false
export GRADIO_ANALYTICS_ENABLED = False
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help run test prove bench calibrate format lock clean

help:
	@echo "make run    准备环境、导入示例知识、启动网站（HOME_DIR=目录 PORT=端口 可选）"
	@echo "make test   格式、静态检查、类型、导入规则、测试、示例评测（15 分钟内）"
	@echo "make prove  全部验收数字（长）；make bench 性能比值；make calibrate 重新拟合置信度"
	@echo "make format 整理格式；make lock 重新锁定依赖；make clean 删除虚拟环境与缓存"

run: $(READY)
	@sh .ci/fonts
	@exec $(BIN)/python app.py serve --customers --home "$(HOME_DIR)" --samples samples $(if $(PORT),--port $(PORT))

test: $(DEV_READY)
	@sh .ci/steps test

prove: $(DEV_READY)
	@sh .ci/steps prove

bench: $(DEV_READY)
	$(BIN)/python app.py bench $(CORPUS)

calibrate: $(DEV_READY)
	$(BIN)/python app.py calibrate evals/cases --training evals/training --samples samples

lock:
	@sh .ci/lock

format: $(DEV_READY)
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

$(READY): | requirements.lock
	@PYTHON="$(PYTHON)" sh .ci/prepare $(VENV) requirements.lock
	@rm -f $(VENV)/.ready-* && touch $@

$(DEV_READY): $(READY) | requirements-dev.lock
	@PYTHON="$(PYTHON)" sh .ci/prepare $(VENV) requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
