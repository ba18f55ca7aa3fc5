// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Tokens as they are found in the wild
/// @notice Each differs from the plain one in exactly one habit, which its name says. All of them are real habits of tokens that
/// bridges hold: a vault must neither lose count nor hold up other assets because of them.

/// @notice Keeps to ERC-20 to the letter.
contract PlainToken {
    error BalanceTooLow(address owner, uint256 balance, uint256 amount);
    error AllowanceTooLow(address owner, address spender, uint256 allowance, uint256 amount);

    uint8 public constant decimals = 18;
    string public constant name = "Plain";
    string public constant symbol = "PLAIN";
    uint256 public totalSupply;
    mapping(address owner => uint256) internal balances;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 amount);
    event Approval(address indexed owner, address indexed spender, uint256 amount);

    function balanceOf(address owner) public view virtual returns (uint256) {
        return balances[owner];
    }

    function mint(address to, uint256 amount) external {
        totalSupply += amount;
        balances[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function transfer(address to, uint256 amount) external virtual returns (bool) {
        move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external virtual returns (bool) {
        spend(from, amount);
        move(from, to, amount);
        return true;
    }

    function spend(address owner, uint256 amount) internal {
        uint256 allowed = allowance[owner][msg.sender];
        if (allowed < amount) revert AllowanceTooLow(owner, msg.sender, allowed, amount);
        allowance[owner][msg.sender] = allowed - amount;
    }

    function move(address from, address to, uint256 amount) internal virtual {
        if (balances[from] < amount) revert BalanceTooLow(from, balances[from], amount);
        balances[from] -= amount;
        balances[to] += amount;
        emit Transfer(from, to, amount);
    }
}

/// @notice Keeps one per cent of every transfer, so that less arrives than was sent.
contract FeeOnTransferToken is PlainToken {
    function move(address from, address to, uint256 amount) internal override {
        uint256 fee = amount / 100;
        super.move(from, to, amount - fee);
        super.move(from, address(0xfee), fee);
    }
}

/// @notice Returns nothing from its transfers (USDT on Ethereum).
contract NoReturnToken is PlainToken {
    function transfer(address to, uint256 amount) external override returns (bool) {
        move(msg.sender, to, amount);
        returnNothing();
    }

    function transferFrom(address from, address to, uint256 amount) external override returns (bool) {
        spend(from, amount);
        move(from, to, amount);
        returnNothing();
    }

    function returnNothing() private pure {
        assembly ("memory-safe") {
            return(0, 0)
        }
    }
}

/// @notice Returns false instead of reverting, and moves nothing.
contract FalseReturnToken is PlainToken {
    bool public refuses = true;

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function transfer(address to, uint256 amount) external override returns (bool) {
        if (refuses) return false;
        move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external override returns (bool) {
        if (refuses) return false;
        spend(from, amount);
        move(from, to, amount);
        return true;
    }
}

/// @notice Says that it moved the amount, and moves nothing.
contract LyingToken is PlainToken {
    function move(address, address, uint256) internal pure override {}
}

/// @notice Calls whom it was told to call in the middle of a transfer (ERC-777).
contract CallingToken is PlainToken {
    address public target;
    bytes public call;
    bool public hasSucceeded;
    bytes public answer;

    function setCall(address target_, bytes calldata call_) external {
        (target, call) = (target_, call_);
    }

    function move(address from, address to, uint256 amount) internal override {
        super.move(from, to, amount);
        if (target == address(0)) return;
        (address callee, bytes memory data) = (target, call);
        target = address(0);
        (hasSucceeded, answer) = callee.call(data);
    }
}

/// @notice Its owner can stop all transfers.
contract PausableToken is PlainToken {
    error IsPaused();

    bool public paused;

    function setPaused(bool paused_) external {
        paused = paused_;
    }

    function move(address from, address to, uint256 amount) internal override {
        if (paused) revert IsPaused();
        super.move(from, to, amount);
    }
}

/// @notice Its owner can bar addresses from sending and receiving (USDC).
contract BlocklistingToken is PlainToken {
    error IsBlocked(address account);

    mapping(address account => bool) public blocked;

    function setBlocked(address account, bool blocked_) external {
        blocked[account] = blocked_;
    }

    function move(address from, address to, uint256 amount) internal override {
        if (blocked[from]) revert IsBlocked(from);
        if (blocked[to]) revert IsBlocked(to);
        super.move(from, to, amount);
    }
}

/// @notice Its balances shrink and grow by themselves (stETH, AMPL).
contract RebasingToken is PlainToken {
    uint256 public percent = 100;

    function rebase(uint256 percent_) external {
        percent = percent_;
    }

    function balanceOf(address owner) public view override returns (uint256) {
        return balances[owner] * percent / 100;
    }

    function move(address from, address to, uint256 amount) internal override {
        super.move(from, to, amount * 100 / percent);
    }
}

/// @notice Burns all gas that it is given once it was told to.
contract GasBurningToken is PlainToken {
    bool public burns;

    function setBurns(bool burns_) external {
        burns = burns_;
    }

    function move(address from, address to, uint256 amount) internal override {
        while (burns) {}
        super.move(from, to, amount);
    }
}

/// @notice Answers a transfer with so much data that copying it would cost its caller all gas.
contract ReturnBombToken is PlainToken {
    bool public bombs;

    function setBombs(bool bombs_) external {
        bombs = bombs_;
    }

    function move(address from, address to, uint256 amount) internal override {
        if (bombs) {
            assembly ("memory-safe") {
                revert(0, 200000)
            }
        }
        super.move(from, to, amount);
    }
}

/// @notice Has no code of a token at all, but a fallback that accepts everything.
contract SilentContract {
    fallback() external payable {}
}
